package notice

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// person is a name short enough for an SMS: surname and initials of the
// register's Latin form; the ref when nobody was identified.
func (n *Notices) person(ctx context.Context, s dossier.Subject) (string, error) {
	found, err := n.Store.NewestFindings(ctx, s.ID)
	if err != nil {
		return "", err
	}
	var p register.PersonalData
	if f := found[register.Personal]; f.Status == register.Found {
		if err := json.Unmarshal(f.Facts, &p); err != nil {
			return "", err
		}
	}
	if p.Surname == "" {
		return s.Ref, nil
	}
	out := p.Surname
	if r := initial(p.GivenName); r != "" {
		out += " " + r + "."
	}
	return out, nil
}

// initial keeps the digraphs: Sh., Ch., Yo., Oʻ. are one letter.
func initial(name string) string {
	up := strings.ToUpper(name)
	for _, d := range []string{"SH", "CH", "YO", "YU", "YA", "YE", "Oʻ", "Gʻ", "O‘", "G‘", "O'", "G'"} {
		if strings.HasPrefix(up, d) {
			return d
		}
	}
	r := []rune(up)
	if len(r) == 0 {
		return ""
	}
	return string(r[0])
}
