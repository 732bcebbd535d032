package templates

import "testing"

func TestLoad(t *testing.T) {
	t.Parallel()
	s, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	t.Log(s.Names())
}
