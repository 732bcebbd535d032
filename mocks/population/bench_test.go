package population_test

import (
	"testing"

	"github.com/saylovhub/hub/mocks/population"
)

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if p := population.New(1, election, 400_000); p.Len() < 400_000 {
			b.Fatal("too few")
		}
	}
}
