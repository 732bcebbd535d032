package autofill_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/autofill"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/receipt"
)

func answering(s register.Status) ask {
	return func(context.Context, register.Question) (register.Reply, error) {
		return register.Reply{Answer: &register.Answer{Status: s}}, nil
	}
}

// The receipt holds what came, all of it and nothing else.
func TestReceipt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, map[register.ID]ask{
			register.Personal: identity(), register.Education: hang, register.Disability: answering(register.Absent),
			register.Address: answering(register.Restricted), register.Criminal: failing(fault.Pending),
			register.Capacity: found(&register.CapacityRecord{Capacity: "FULL"}, register.Column{Name: "capacity", Value: "FULL"}),
		})
		var got receipt.Receipt
		until := time.Now().Add(time.Hour)
		d.Sign = func(r receipt.Receipt) (string, time.Time, error) { got = r; return "token", until, nil }
		began := time.Now()
		a, err := d.Fill(t.Context(), byNumber)
		if err != nil {
			t.Fatal(err)
		}
		if a.Receipt != "token" || !a.Expires.Equal(until) {
			t.Errorf("%q until %s", a.Receipt, a.Expires)
		}
		if got.ID == "" || got.Type != byNumber.Type || got.Key != "key" || got.Commission != "1726" || got.PINFL != present || got.Document != "" {
			t.Errorf("%s, %s, %s, %s", got.ID, got.Type, got.Key, got.Commission)
		}
		statuses := map[register.ID]string{}
		for _, one := range got.Answers {
			statuses[one.Register] = one.Status
			answered := one.Status == "found" || one.Status == "absent" || one.Status == "restricted"
			if one.Transaction == "" || answered != one.At.Equal(began) || (one.Facts != nil) != (one.Status == "found") {
				t.Errorf("%s: %s at %s under %q", one.Register, one.Status, one.At, one.Transaction)
			}
		}
		want := map[register.ID]string{
			register.Personal: "found", register.Address: "restricted", register.Employment: "found", register.Education: "unavailable",
			register.Criminal: "pending", register.Disability: "absent", register.Capacity: "found",
		}
		if diff := cmp.Diff(want, statuses); diff != "" {
			t.Error(diff)
		}
		who, err := got.Who()
		if err != nil || who == nil || who.PINFL != present {
			t.Errorf("%v", err)
		}
		for _, one := range got.Answers {
			if one.Register == register.Capacity && (string(one.Facts) != mustJSON(t, register.CapacityRecord{Capacity: "FULL"}) || len(one.Columns) != 1) {
				t.Errorf("%s, %v", one.Facts, one.Columns)
			}
		}
	})
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestReceiptByPassport(t *testing.T) {
	t.Parallel()
	d := newDesk(t, map[register.ID]ask{register.Personal: answering(register.Absent)})
	var got receipt.Receipt
	d.Sign = func(r receipt.Receipt) (string, time.Time, error) { got = r; return "token", time.Time{}, nil }
	d.Deadline = 50 * time.Millisecond
	_, err := d.Fill(t.Context(), autofill.Request{
		Type: "observer-party-register", Official: "secretary", Bound: "1726", Passport: "XA0000001", BirthDate: "1980-01-01", By: "key",
	})
	if err != nil || got.PINFL != personal.PINFL("") || got.Document != "XA0000001" || got.BirthDate != (civil.Date{Year: 1980, Month: 1, Day: 1}) {
		t.Errorf("%s, %v", got.BirthDate, err)
	}
}

// Nothing that came proves nothing.
func TestNoReceiptForNothing(t *testing.T) {
	t.Parallel()
	all := map[register.ID]ask{}
	for _, id := range []register.ID{register.Personal, register.Address, register.Employment, register.Education, register.Criminal, register.Disability, register.Capacity} {
		all[id] = failing(fault.Unavailable)
	}
	d := newDesk(t, all)
	d.Sign = func(receipt.Receipt) (string, time.Time, error) { return "token", time.Time{}, errors.New("asked for") }
	a, err := d.Fill(t.Context(), byNumber)
	if err != nil || a.Receipt != "" {
		t.Errorf("%q, %v", a.Receipt, err)
	}
}

func TestWhereSomebodyIsToWork(t *testing.T) {
	t.Parallel()
	for applicant, want := range map[string]string{"outlet": "employed-at at 300000001", "": "", "nobody": "refused"} {
		d := newDesk(t, map[register.ID]ask{register.Personal: identity()})
		var asked string
		d.Registers = append(d.Registers, register.Register{
			ID: register.WorksAt, Operations: []register.Operation{{ID: "ask", Ask: func(_ context.Context, q register.Question) (register.Reply, error) {
				asked = "employed-at at " + q.Employer
				return register.Reply{Answer: &register.Answer{Status: register.Found, Facts: &register.EmployedAt{TIN: q.Employer}}}, nil
			}}},
		})
		a, err := d.Fill(t.Context(), autofill.Request{
			Type: "media-national-accredit", Official: "secretary", Bound: "1726", PINFL: present, Applicant: applicant, By: "key",
		})
		if r, ok := errors.AsType[*dossier.Refusal](err); ok && r.Code == dossier.UnknownRecord {
			asked = "refused"
		} else if err != nil || strings.HasPrefix(want, "employed") != (len(a.Registers) == 3) {
			t.Errorf("%q: %v, %v", applicant, a.Registers, err)
		}
		if asked != want {
			t.Errorf("%q: %q, want %q", applicant, asked, want)
		}
	}
}
