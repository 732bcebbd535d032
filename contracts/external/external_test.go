package external_test

import (
	"testing"

	"github.com/saylovhub/hub/contracts/external"
)

func TestEverySystemLoads(t *testing.T) {
	t.Parallel()
	for _, system := range external.Systems() {
		t.Run(system, func(t *testing.T) {
			t.Parallel()
			c, err := external.Load(system)
			if err != nil {
				t.Fatal(err)
			}
			if c.System() != system || len(c.Operations()) == 0 {
				t.Errorf("%s: %v", c.System(), c.Operations())
			}
		})
	}
	if _, err := external.Load("../portal"); err == nil {
		t.Error("a path loads")
	}
}
