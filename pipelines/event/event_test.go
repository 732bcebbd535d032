package event_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/saylovhub/hub/contracts"
	"github.com/saylovhub/hub/pipelines/event"
)

const someID = "0190a5c8-0000-7000-8000-000000000001"

var note = event.Note{Notice: someID, Kind: "submitted", Recipient: "applicant", Provider: "playmobile"}

func paper(state string) event.Paper {
	return event.Paper{Document: someID, Kind: "D4", Template: "observer-party", Number: 7, State: state}
}

// samples has one full fact of each type.
var samples = []event.Fact{
	event.Submitted{Number: "1726-000001", Kind: "observer-party-register", Election: "local-2026", Applicant: "party", Subjects: 3, State: "submitted", Previous: someID},
	event.Verified{State: "checking"},
	event.SignatureRefused{State: "signature_refused", Reason: "wrong_person"},
	event.Assessed{State: "ready", Subject: someID, Revision: 1, Verdict: "eligible"},
	event.Reviewed{State: "checking"},
	event.Amended{State: "ready", Subject: someID, Column: "workplace"},
	event.Returned{State: "returned", Reason: "R09", Due: "2026-11-24"},
	event.Resubmitted{State: "superseded", Next: someID, Number: "1726-000001/2"},
	event.Withdrawn{State: "withdrawn"},
	event.Lapsed{State: "lapsed"},
	event.DecisionTaken{Decision: someID, Number: "12/3", State: "deciding"},
	event.Signed{Decision: someID, Number: "12", State: "executing", Registered: 2, Refused: 1, Documents: 3},
	event.DecisionSignatureRefused{Decision: someID, Number: "12", State: "ready", Reason: "wrong_person"},
	event.Conflict{Decision: someID, Number: "12", State: "ready"},
	event.Issued{Document: someID, Kind: "mandate", Template: "mandate-observer", Number: 7, Decision: someID, Subject: someID, Batch: someID, Replaces: someID},
	event.Replaced{Paper: paper("replaced"), By: someID, Relation: "duplicate"},
	event.Revoked{Paper: paper("revoked")},
	event.Annulled{Paper: paper("annulled")},
	event.Executed{State: "executed", Decision: someID},
	event.Sent{Note: note},
	event.NotSent{Note: note, State: "sending", Cause: "rejected"},
	event.Arrived{Note: note},
	event.NotArrived{Note: note},
	event.Raised{Job: 7, Stage: "check.criminal-record.ask", Cause: "unavailable", System: "portal", Operation: "ask"},
	event.Replayed{Job: 7, Stage: "intake.verify", Generation: 1},
}

func stored(t *testing.T, f event.Fact) event.Stored {
	t.Helper()
	data, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return event.Stored{
		ID: someID, Type: f.Type(), Subject: someID, Commission: "1726", Sequence: 3, Position: 9,
		At: time.Date(2026, 11, 22, 9, 0, 0, 123e6, time.UTC), Data: data,
	}
}

// Every type of the source is a fact, has a schema, stands in the contract, and
// what is told fits, so that no event can be the one that stops the stream.
func TestEveryFact(t *testing.T) {
	t.Parallel()
	var types []string
	for i, f := range event.Facts() {
		types = append(types, string(f.Type()))
		if i >= len(samples) || reflect.TypeOf(samples[i]) != reflect.TypeOf(f) {
			t.Fatalf("no sample of %T", f)
		}
		t.Run(string(f.Type()), func(t *testing.T) {
			t.Parallel()
			raw, err := stored(t, samples[i]).JSON()
			if err != nil {
				t.Fatal(err)
			}
			if err := event.Check(raw); err != nil {
				t.Errorf("%v\n%s", err, raw)
			}
			if strings.Contains(string(raw), "\n") {
				t.Error("not on one line")
			}
			var got, want []string
			fields(t, reflect.TypeOf(f), &got)
			var s struct {
				ID         string         `json:"$id"`
				Properties map[string]any `json:"properties"`
				Closed     *bool          `json:"additionalProperties"`
			}
			source, err := contracts.EventSchemas.ReadFile("messages/event/" + string(f.Type()) + ".schema.json")
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(source, &s); err != nil {
				t.Fatal(err)
			}
			for name := range s.Properties {
				want = append(want, name)
			}
			slices.Sort(got)
			slices.Sort(want)
			if d := cmp.Diff(want, got); d != "" || s.ID != event.SchemaOf(f.Type()) || s.Closed == nil || *s.Closed {
				t.Errorf("the schema %s has other fields than the fact: %s", s.ID, d)
			}
		})
	}
	if d := cmp.Diff(sorted(constants(t)), sorted(types)); d != "" {
		t.Errorf("the constants and the facts differ: %s", d)
	}
	files, err := contracts.EventSchemas.ReadDir("messages/event")
	if err != nil || len(files) != len(types)+1 {
		t.Errorf("%d schemas for %d types and the envelope: %v", len(files), len(types), err)
	}
}

// fields lists the names of a fact's fields, which must be plain.
func fields(t *testing.T, typ reflect.Type, out *[]string) {
	t.Helper()
	for f := range typ.Fields() {
		if f.Anonymous {
			fields(t, f.Type, out)
			continue
		}
		switch f.Type.Kind() {
		case reflect.String, reflect.Int, reflect.Int64:
		default:
			t.Errorf("%s.%s is no plain number or word", typ, f.Name)
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		*out = append(*out, name)
	}
}

func sorted(list []string) []string {
	slices.Sort(list)
	return list
}

// constants reads the types out of the source.
func constants(t *testing.T) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "fact.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	ast.Inspect(f, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok || len(v.Values) != 1 {
			return true
		}
		if own, _ := v.Type.(*ast.Ident); own != nil && own.Name == "Type" {
			text, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, text)
		}
		return true
	})
	return out
}

func TestCheckRefuses(t *testing.T) {
	t.Parallel()
	good, err := stored(t, samples[0]).JSON()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ old, new, want string }{
		"not JSON":                {`{"specversion`, `specversion`, "not JSON"},
		"another version":         {`"specversion":"1.0"`, `"specversion":"0.3"`, "specversion"},
		"a type that is unknown":  {`"type":"application.submitted"`, `"type":"application.eaten"`, "type"},
		"the data of another":     {`"type":"application.submitted"`, `"type":"application.verified"`, "names the schema"},
		"a name in the data":      {`"election":`, `"surname":"QODIROVA","election":`, "surname"},
		"a field that is missing": {`"state":"submitted"`, `"subjects":1`, "state"},
		"no sequence":             {`"sequence":3`, `"sequence":0`, "sequence"},
		"an attribute too many":   {`"sequence":3`, `"sequence":3,"phone":"1"`, "phone"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bad := strings.Replace(string(good), c.old, c.new, 1)
			if bad == string(good) {
				t.Fatal("nothing was changed")
			}
			if err := event.Check([]byte(bad)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want something about %s", err, c.want)
			}
		})
	}
}

func TestRoutingKey(t *testing.T) {
	t.Parallel()
	for commission, want := range map[string]string{
		"1726": "document.issued.1726", "": "document.issued.none", "a.b*c#d e": "document.issued.a_b_c_d_e", "ў": "document.issued._",
	} {
		got := event.Stored{Type: event.DocumentIssued, Commission: commission}.RoutingKey()
		if got != want || strings.Count(got, ".") != 2 {
			t.Errorf("%q: %q, want %q", commission, got, want)
		}
	}
}

// The contract names every type in both channels and both operations, and
// whatever it points at is there.
func TestAsyncAPI(t *testing.T) {
	t.Parallel()
	var doc map[string]any
	if err := yaml.Unmarshal(contracts.AsyncAPI, &doc); err != nil {
		t.Fatal(err)
	}
	if v, _ := doc["asyncapi"].(string); !strings.HasPrefix(v, "3.0") {
		t.Errorf("version %v", doc["asyncapi"])
	}
	var follow func(v any)
	follow = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, one := range v {
				follow(one)
			}
		case map[string]any:
			for key, one := range v {
				ref, ok := one.(string)
				if key != "$ref" || !ok {
					follow(one)
					continue
				}
				if path, local := strings.CutPrefix(ref, "#/"); !local {
					if _, err := contracts.EventSchemas.ReadFile(ref); err != nil {
						t.Errorf("%s leads nowhere: %v", ref, err)
					}
				} else if at(doc, path) == nil {
					t.Errorf("%s leads nowhere", ref)
				}
			}
		}
	}
	follow(doc)
	names := map[string]string{} // of messages, by type
	for name, m := range at(doc, "components/messages").(map[string]any) {
		m := m.(map[string]any)
		typ, _ := m["name"].(string)
		names[typ] = name
		if raw, err := json.Marshal(m["payload"]); err != nil || !strings.Contains(string(raw), `"messages/event/`+typ+`.schema.json"`) ||
			!strings.Contains(string(raw), `"const":"`+typ+`"`) || m["contentType"] != event.MediaType {
			t.Errorf("%s: payload %s", name, raw)
		}
	}
	for _, f := range event.Facts() {
		name, ok := names[string(f.Type())]
		for _, channel := range []string{"hubEvents", "hubStream"} {
			if !ok || at(doc, "channels/"+channel+"/messages/"+name) == nil {
				t.Errorf("the channel %s has no %s", channel, f.Type())
			}
		}
		thing, _, _ := strings.Cut(string(f.Type()), ".")
		if words, _ := at(doc, "channels/hubEvents/parameters/thing/enum").([]any); !slices.Contains(words, any(thing)) {
			t.Errorf("the routing key has no thing %s", thing)
		}
	}
	for _, op := range []string{"publishEvent", "streamEvent"} {
		if list, _ := at(doc, "operations/"+op+"/messages").([]any); len(list) != len(names) || len(names) != len(event.Facts()) {
			t.Errorf("%s has %d messages of %d, there are %d types", op, len(list), len(names), len(event.Facts()))
		}
	}
}

func at(v any, path string) any {
	for part := range strings.SplitSeq(path, "/") {
		m, _ := v.(map[string]any)
		v = m[part]
	}
	return v
}
