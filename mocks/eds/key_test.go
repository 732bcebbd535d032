package eds

import "testing"

// The key follows from seed and label, not from what the process kept of it.
func TestRSAKeysFollowFromTheSeed(t *testing.T) {
	t.Parallel()
	a, err := findRSAKey(7, "somebody")
	if err != nil {
		t.Fatal(err)
	}
	b, err := findRSAKey(7, "somebody")
	if err != nil || !a.Equal(b) || a.N.BitLen() != rsaBits {
		t.Errorf("the same seed gave another key (%d bits), %v", a.N.BitLen(), err)
	}
	c, err := findRSAKey(7, "somebody else")
	if err != nil || a.Equal(c) {
		t.Errorf("another label gave the same key, %v", err)
	}
}
