package apptest_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/internal/apptest"
	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/mocks"
	"github.com/saylovhub/hub/pipelines/eligibility"
)

// Every type of the catalogue goes from its submission (a PINFL is enough) over
// the decision to documents and notices, granted and refused. What nothing here
// exercised is named.
func TestEveryType(t *testing.T) {
	t.Parallel()
	apptest.PlainOnly(t)
	types, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	h := apptest.Start(t, apptest.WithMocks(func(o *mocks.Options) { o.People = 4000 }))
	w := h.Walk(t)
	reasons := types.Reasons()
	// By themselves, after all others: the second codes of candidates, for which the
	// clock is moved on, and the end of the list on which others stand.
	last := []string{"proxy-revoke-cec", "proxy-revoke-tec", "proxy-revoke-dec", "partylist-withdraw"}
	all := types.Types()
	slices.SortFunc(all, func(a, b string) int {
		x, _ := types.Type(a)
		y, _ := types.Type(b)
		return x.Number - y.Number
	})
	one := func(t *testing.T, id string) {
		t.Helper()
		kind, _ := types.Type(id)
		granted(t, kind, w.Grant(t, id))
		w.Refuse(t, id, reasons[kind.Number%len(reasons)])
	}
	t.Run("types", func(t *testing.T) {
		for _, id := range all {
			if slices.Contains(last, id) {
				continue
			}
			t.Run(id, func(t *testing.T) {
				t.Parallel()
				one(t, id)
			})
		}
	})
	for _, id := range last {
		t.Run(id, func(t *testing.T) { one(t, id) })
	}
	t.Run("happenings", func(t *testing.T) { w.Happenings(t) })
	indexed(t, h)
	for _, id := range all {
		kind, _ := types.Type(id)
		for _, rule := range kind.Rules {
			if !w.Answered[rule] {
				t.Errorf("rule %s of %s never answered", rule, id)
			}
		}
	}
	for _, r := range reasons {
		if !w.Reasons[r] {
			t.Errorf("nobody was refused for %s", r)
		}
	}
	for _, r := range eligibility.Rules() {
		if !w.Answered[r.ID] && !nobodys[r.ID] {
			t.Errorf("rule %s never answered: no type has it", r.ID)
		}
	}
	for _, id := range types.NoticeIDs() {
		if !w.Told[id] {
			t.Errorf("notice %s was told to nobody", id)
		}
	}
}

// large are the tables that grow with an election; none is read as a whole by what is
// asked again and again.
var large = []string{"application", "subject", "check_", "finding", "notice", "document", "job", "role", "event", "audit", "exchange", "attempt", "assessment", "webhook_delivery"}

// indexed holds that what the hub asked of its store went by an index.
func indexed(t *testing.T, h *apptest.Hub) {
	t.Helper()
	scans, err := h.Store.Scans(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for query, table := range scans {
		if slices.Contains(large, table) && !strings.HasPrefix(query, "UPDATE job SET expires_at") { // when an operation is held back or let go
			t.Errorf("reads all of %s: %s", table, query)
		}
	}
}

// nobodys are rules that no type of application has: voters, members of the CEC, a
// deposit that there is none of. Package eligibility has people for them.
var nobodys = map[string]bool{"VOT-AGE": true, "CEC-MEM": true, "CND-FEE": true}

// granted holds an executed application against what its type promises.
func granted(t *testing.T, kind catalogue.Type, d client.Dossier) {
	t.Helper()
	documents, notices := map[string]int{}, map[string]bool{}
	for _, doc := range d.Documents {
		if doc.State != "issued" || doc.Pages < 1 {
			t.Errorf("%s is %s", doc.Template, doc.State)
		}
		documents[doc.Template]++
	}
	for _, n := range d.Notices {
		notices[n.Notice] = true
	}
	follows := catalogue.Follows{}
	for _, f := range kind.Outcomes {
		if !f.Refuses {
			follows = f
		}
	}
	coming := max(len(d.Subjects), 1) // a document about the whole
	if kind.Leaving != nil {
		coming--
	}
	want := map[string]int{}
	if kind.Decision.Document != "" {
		want[kind.Decision.Document]++
	}
	if follows.Document != "" {
		want[follows.Document] += coming
	}
	for template, n := range want {
		if documents[template] != n {
			t.Errorf("%d documents of template %s, want %d", documents[template], template, n)
		}
	}
	if kind.Subjects.Foreign { // nobody has a phone
		follows.Notices = nil
	}
	for _, n := range slices.Concat(kind.OnSubmit, kind.Decision.Notices, follows.Notices) {
		if !notices[n] {
			t.Errorf("nobody was told %s; there are %v", n, slices.Sorted(maps.Keys(notices)))
		}
	}
}
