package portal_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/saylovhub/hub/connectors/call/calltest"
	"github.com/saylovhub/hub/connectors/portal"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/register"
)

// Neither errors nor exchanges tell credentials, tokens or persons, whatever
// the other side echoes.
func TestNothingLeaks(t *testing.T) {
	t.Parallel()
	secrets := []string{"s3cret", "tok-", string(subject), string(official), string(passport), "NAMUNAYEVA"}
	echo := string(subject) + " s3cret tok-1 " + string(passport) + " NAMUNAYEVA"
	for _, key := range keys {
		for name, g := range map[string]*gateway{
			"refused":      answers(400, `{"code":"400","message":"`+echo+`","description":"x"}`),
			"odd code":     answers(400, `{"code":"`+echo+`","message":"x"}`),
			"wrong type":   answers(200, `{"result":"`+echo+`","success":"`+echo+`","AnswereId":"`+echo+`","result_code":"`+echo+`","error":"`+echo+`"}`),
			"number":       answers(200, `{"result":41505939980027,"success":41505939980027,"AnswereId":[41505939980027],"result_code":[1],"error":41505939980027}`),
			"list":         answers(200, `[{"pinfl":{"a":"`+echo+`"}}]`),
			"cut off":      answers(200, `{"result":"`+echo),
			"server error": answers(500, echo),
			"bad token":    {grant: func(int) (int, string) { return 400, `{"error":"` + echo + `","error_description":"` + echo + `"}` }},
			"odd token":    {grant: func(int) (int, string) { return 200, `{"access_token":{"x":"` + echo + `"}}` }},
		} {
			t.Run(key+"/"+name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					var seen calltest.Observer
					_, err := operation(t, open(t, g, portal.Deps{Observer: &seen}), key).Ask(t.Context(), question())
					if err == nil {
						t.Fatal("no fault")
					}
					f := fault.Of(err)
					for _, text := range append(seen.Lines(), err.Error(), f.Hint, fmt.Sprintf("%+v", *f)) {
						for _, s := range secrets {
							if strings.Contains(text, s) {
								t.Errorf("%q tells %q", text, s)
							}
						}
					}
				})
			})
		}
	}
}

// Answers of a decoder fed with anything: a known kind, or an answer about the
// person asked; never a panic, never a quoted value.
func FuzzAnswers(f *testing.F) {
	for i, key := range keys {
		f.Add(uint8(i), 200, []byte(good[key]))
		f.Add(uint8(i), 404, []byte(`{"fault":{"code":900901,"message":"m","description":"d"}}`))
	}
	f.Add(uint8(0), 200, []byte(withPhoto(`"iVBORw0KGgo="`)))
	f.Add(uint8(0), 500, []byte(`<f:fault xmlns:f="x"><f:code>101503</f:code></f:fault>`))
	f.Fuzz(func(t *testing.T, which uint8, status int, body []byte) {
		if status >= 200 && status <= 599 {
			synctest.Test(t, func(t *testing.T) { aboutTheSubjectOrAFault(t, keys[int(which)%len(keys)], status, body) })
		}
	})
}

func aboutTheSubjectOrAFault(t *testing.T, key string, status int, body []byte) {
	t.Helper()
	q := question()
	q.Photo = len(body)%2 == 0
	reply, err := operation(t, open(t, answers(status, string(body)), portal.Deps{}), key).Ask(t.Context(), q)
	if err != nil {
		f, ok := errors.AsType[*fault.Fault](err)
		if !ok || f.Kind == fault.Defect {
			t.Fatalf("%s: %v", key, err)
		}
		if strings.Contains(f.Error(), string(subject)) {
			t.Fatalf("the error quotes the answer: %v", f)
		}
		return
	}
	if reply.Answer == nil {
		if reply.Continue == "" {
			t.Fatal("neither an answer nor a token")
		}
		return
	}
	if (reply.Answer.Status == register.Found) != (reply.Answer.Facts != nil) {
		t.Fatalf("%+v", reply.Answer)
	}
	switch d := reply.Answer.Facts.(type) {
	case *register.PersonalData:
		if !slices.Contains(d.PINFLs, subject) {
			t.Fatal("an answer about somebody else")
		}
		if d.Photo != nil && (!q.Photo || len(d.Photo.Bytes) > 512<<10) {
			t.Fatal("a photo that was not asked for, or is too large")
		}
	case *register.EmployedAt:
		if d.TIN != employer {
			t.Fatal("an answer about another organisation")
		}
	case *register.SchoolCertificate:
		if d.Number == "" || d.Year == 0 {
			t.Fatal("a certificate without number or year")
		}
	case *register.LyceumCertificate:
		if d.School == "" || d.Year == 0 {
			t.Fatal("a graduate without lyceum or year")
		}
	case *register.DisabilityRecord:
		if d.Group < 0 || d.Group > 3 {
			t.Fatal("a group that does not exist")
		}
	}
}
