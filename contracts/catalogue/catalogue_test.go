package catalogue

import (
	"strings"
	"testing"
)

func TestTheCatalogueHolds(t *testing.T) {
	t.Parallel()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Types()) == 0 {
		t.Fatal("no types")
	}
}

// Whatever dangles is named.
func TestCheckFindsWhatDangles(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, want string
		spoil      func(c *Catalogue, t Type) Type
	}{
		{"form", "no form", func(_ *Catalogue, t Type) Type { t.Form = "gone"; return t }},
		{"notice", `no notice "gone"`, func(_ *Catalogue, t Type) Type { t.OnSubmit = []string{"gone"}; return t }},
		{"title", "no title in uz-Cyrl", func(_ *Catalogue, t Type) Type {
			t.Title = map[string]string{"uz-Latn": "x", "ru": "x", "en": "x"}
			return t
		}},
		{"route", "route", func(_ *Catalogue, t Type) Type { t.Route.To = nil; return t }},
		{"subjects", "subjects", func(_ *Catalogue, t Type) Type { t.Subjects.Max = 0; return t }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cat, err := Load()
			if err != nil {
				t.Fatal(err)
			}
			id := cat.Types()[0]
			cat.types[id] = c.spoil(cat, cat.types[id])
			if err := cat.Check(Known{}); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), id) {
				t.Errorf("got %v, want %q about %s", err, c.want, id)
			}
		})
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := Load(); err != nil {
			b.Fatal(err)
		}
	}
}
