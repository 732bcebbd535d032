package issuing

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// letters are answers to applicants.
var letters = map[string]builder{
	"receipt": receipt,
	"refusal": refusal,
}

// addressee says whose application it was.
func (f facts) addressee(m map[string]any) {
	if f.applicant.Held.ID == "" {
		m["organisation"] = f.applicant.Title
		return
	}
	m["person"] = f.name(dossier.Subject{ID: f.applicant.Held.ID, Ref: f.applicant.Title})
}

// receipt says when which papers came. They came by electronic means: no sheets.
func receipt(f facts, d dossier.Document) (map[string]any, error) {
	title := f.kind.Title["uz-Latn"]
	papers := []any{map[string]any{"title": title, "sheets": 0}}
	for _, a := range f.app.Attachments {
		papers = append(papers, map[string]any{"title": cmp.Or(a.Name, "-"), "sheets": 0})
	}
	m := map[string]any{
		"commission": f.commission.Title, "number": Number(d.Number), "issued": civil.Of(d.ReservedAt).String(),
		"received": f.app.SubmittedAt.In(civil.Tashkent).Format(time.RFC3339), "papers": papers, "receiver": official(f.receiver, postTitle(f.receiver.Post)),
		"application": map[string]any{"number": cmp.Or(f.app.Number, f.app.ID[:8]), "title": title},
	}
	f.addressee(m)
	if !f.app.DecideBy.IsZero() {
		m["due"] = f.app.DecideBy.String()
	}
	return m, nil
}

// refusal tells the ground, the law and where to appeal until when. What may not
// leave the commission does not: see reason.
func refusal(f facts, d dossier.Document) (map[string]any, error) {
	application := map[string]any{
		"number": cmp.Or(f.app.Number, f.app.ID[:8]), "date": civil.Of(f.app.SubmittedAt).String(), "title": f.kind.Title["uz-Latn"],
	}
	if f.subject.ID != "" {
		application["about"] = f.name(f.subject)
	}
	m := map[string]any{
		"commission": f.commission.Title, "number": Number(d.Number), "issued": civil.Of(d.ReservedAt).String(), "application": application,
		"decision": f.ground(), "chair": f.chair(), "signed": f.signed(),
		"grounds": []any{map[string]any{"text": f.reason(f.outcome.Reason), "article": f.articles()}},
		"appeal":  map[string]any{"to": cmp.Or(f.higher.Title, court), "until": f.appealUntil.String(), "how": appealHow},
	}
	f.addressee(m)
	return m, nil
}

// Where a commission has no higher one, and in which form an appeal is made; both
// assumed.
const (
	court     = "Oʻzbekiston Respublikasi Oliy sudi"
	appealHow = "Shikoyat yozma shaklda yoki axborot tizimi orqali elektron raqamli imzo bilan tasdiqlangan holda beriladi."
)

// articles are those of the Election Code that the type rests on.
func (f facts) articles() string {
	if len(f.kind.Articles) == 0 {
		return "Saylov kodeksi"
	}
	var list []string
	for _, a := range f.kind.Articles {
		list = append(list, strconv.Itoa(a))
	}
	if len(list) == 1 {
		return "Saylov kodeksining " + list[0] + "-moddasi"
	}
	return "Saylov kodeksining " + strings.Join(list, ", ") + "-moddalari"
}
