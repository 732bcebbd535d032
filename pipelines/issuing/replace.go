package issuing

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/saylovhub/hub/contracts/schema"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// Replacement asks for a document that takes the place of an issued one. The old
// one stands until the new one is issued, and is replaced in that moment.
type Replacement struct {
	Relation dossier.Relation
	Actor    string
	Reason   string
	Patch    json.RawMessage // of a correction: a JSON merge patch (RFC 7396) over the data
}

// patchAt is where a correction's patch stands in its request.
const patchAt = "/patch"

// Replace checks through a duplicate or a correction. What follows from an
// application stays linked with it.
func (is *Issuing) Replace(ctx context.Context, old dossier.Document, r Replacement) (*Draft, error) {
	if err := checkReason(r.Reason); err != nil {
		return nil, err
	}
	if old.State != dossier.Issued {
		return nil, wrongState(old.State, dossier.Issued)
	}
	info, _, err := is.describe(old.Template, old.Language)
	if err != nil {
		return nil, err
	}
	before, err := object(old.Data, "")
	if err != nil {
		return nil, err
	}
	title, _ := before[fieldCommission].(string)
	for _, f := range setByHub(info) {
		delete(before, f)
	}
	d := &Draft{
		is: is, info: info, title: title, old: old, reason: r.Reason, data: []map[string]any{before},
		order: Order{Template: old.Template, Language: old.Language, Election: old.Election, Commission: old.Commission, Actor: r.Actor},
	}
	at := ""
	if r.Relation == dossier.Correction {
		at = patchAt
		if d.data[0], d.paths, err = correct(info, before, r.Patch); err != nil {
			return nil, err
		}
	}
	doc := d.blank(is.now())
	doc.Kind, doc.Relation, doc.Replaces = old.Kind, r.Relation, old.ID
	doc.Application, doc.Subject, doc.Decision = old.Application, old.Subject, old.Decision
	d.Documents = []dossier.Document{doc}
	return d, d.check(0, at)
}

// replacing is the line in the old document's history.
func (d *Draft) replacing() dossier.DocumentAct {
	doc := d.Documents[0]
	a := act(d.old, doc.ReservedAt, d.order.Actor, dossier.DeedDuplicated)
	a.Reason, a.Detail = d.reason, doc.ID
	if doc.Relation == dossier.Correction {
		a.Deed, a.Detail = dossier.DeedCorrected, strings.TrimSpace(doc.ID+" "+strings.Join(d.paths, " "))
	}
	return a
}

// correct applies a patch and tells which paths differ afterwards.
func correct(i Info, before map[string]any, patch json.RawMessage) (after map[string]any, paths []string, err error) {
	p, err := object(patch, patchAt)
	if err != nil {
		return nil, nil, err
	}
	if wrong := refuseSet(i, p, patchAt); len(wrong) > 0 {
		return nil, nil, &dossier.Refusal{Code: dossier.BadForm, Detail: "the hub sets these fields", Problems: wrong}
	}
	after = merge(before, p).(map[string]any)
	paths = differ(before, after, "")
	if len(paths) == 0 {
		return nil, nil, &dossier.Refusal{
			Code: dossier.BadForm, Detail: "the patch changes nothing", Problems: []schema.Problem{{Field: patchAt, Want: "want at least one field that differs; for the same once more there is the duplicate"}},
		}
	}
	if len(paths) > pathsKept {
		paths = append(paths[:pathsKept], fmt.Sprintf("and %d more", len(paths)-pathsKept))
	}
	return after, paths, nil
}

// pathsKept bounds how many paths of a correction go on record.
const pathsKept = 50

// merge is RFC 7396: what is null is removed, objects are merged, everything else
// takes the place of what was there. Neither argument is changed.
func merge(target, patch any) any {
	p, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	out := map[string]any{}
	if t, ok := target.(map[string]any); ok {
		maps.Copy(out, t)
	}
	for k, v := range p {
		if v == nil {
			delete(out, k)
		} else {
			out[k] = merge(out[k], v)
		}
	}
	return out
}

// differ lists the paths at which two values differ, sorted; lists count as one.
// The caller checks the values against a schema that knows every field, so the
// paths hold its names and nobody's data.
func differ(a, b any, at string) []string {
	x, isObject := a.(map[string]any)
	y, both := b.(map[string]any)
	if !isObject || !both {
		if reflect.DeepEqual(a, b) {
			return nil
		}
		return []string{at}
	}
	var out []string
	for k, v := range x {
		out = append(out, differ(v, y[k], at+"/"+k)...)
	}
	for k, v := range y {
		if _, has := x[k]; !has {
			out = append(out, differ(nil, v, at+"/"+k)...)
		}
	}
	slices.Sort(out)
	return out
}
