package autofill

import (
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/receipt"
)

// receipt adds the receipt of an answer, unless no register gave one.
func (f *Filler) receipt(a *Answer, r Request, q register.Question) error {
	if f.Sign == nil {
		return nil
	}
	out := receipt.Receipt{
		ID: uuid.Must(uuid.NewV7()).String(), Type: r.Type, Key: r.By, Commission: r.Bound, PINFL: q.PINFL, Document: q.Document,
	}
	if q.PINFL == "" {
		out.BirthDate = q.BirthDate
	}
	answered := false
	for _, one := range a.Registers {
		answer := receipt.Answer{Register: one.Register, Status: string(one.Status), Transaction: one.Transaction, At: one.at}
		switch one.Status {
		case Found:
			facts, err := json.Marshal(one.facts)
			if err != nil {
				return fmt.Errorf("writing the facts of %s: %w", one.Register, err)
			}
			answer.Facts = facts
			for _, c := range one.columns {
				answer.Columns = append(answer.Columns, c.Column)
			}
			answered = true
		case Absent, Restricted:
			answered = true
		case Pending, Unavailable:
		}
		out.Answers = append(out.Answers, answer)
	}
	if !answered {
		return nil
	}
	var err error
	a.Receipt, a.Expires, err = f.Sign(out)
	return err
}
