package portal

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/register"
)

// transaction reads our request number, which some bodies want as a number.
func transaction(q register.Question) (int64, error) {
	n, err := strconv.ParseInt(q.Transaction, 10, 64)
	if err != nil || n <= 0 || len(q.Transaction) > 15 {
		return 0, &fault.Fault{Kind: fault.Defect, Err: errors.New("the transaction number must be 1 to 15 digits")}
	}
	return n, nil
}

// official gives the acting official's PINFL: no question goes out in nobody's
// name, and the subject's never stands in for it.
func official(q register.Question) (string, error) {
	if q.Official == "" {
		return "", &fault.Fault{Kind: fault.Defect, Err: errors.New("the question names no acting official")}
	}
	return string(q.Official), nil
}

// asker gives what says who asks and under which number.
func asker(q register.Question) (number int64, sender string, err error) {
	if number, err = transaction(q); err != nil {
		return 0, "", err
	}
	sender, err = official(q)
	return number, sender, err
}

// purposeful is asker where the wire wants the purpose as well: nobody is asked
// about for none.
func purposeful(q register.Question) (number int64, sender string, err error) {
	if strings.TrimSpace(q.Purpose) == "" {
		return 0, "", &fault.Fault{Kind: fault.Defect, Err: errors.New("the question states no purpose")}
	}
	return asker(q)
}

func subject(q register.Question) (string, error) {
	if q.PINFL == "" {
		return "", incomplete("the person's PINFL")
	}
	return string(q.PINFL), nil
}

// document prefers the one that the personal data register named.
func document(q register.Question) personal.Document {
	if q.Identity != nil && q.Identity.Document != "" {
		return q.Identity.Document
	}
	return q.Document
}

func allDigits(s string) bool { return strings.Trim(s, digits) == "" }

func incomplete(what string) error {
	return &fault.Fault{
		Kind: fault.Rejected, Code: "incomplete_question", Err: errors.New("the register cannot be asked without " + what),
		Hint: "complete the person's data in the application",
	}
}

// about reports whether pin is the person asked: the PINFL of the question or
// any other that the personal data register knows for the same person.
func about(q register.Question, pin string) bool {
	if pin == "" {
		return false
	}
	if pin == string(q.PINFL) {
		return true
	}
	return q.Identity != nil && slices.Contains(q.Identity.PINFLs, personal.PINFL(pin)) && slices.Contains(q.Identity.PINFLs, q.PINFL)
}

// aboutMasked is about for registers that hide digits with stars: every digit
// shown must fit, and some must be shown.
func aboutMasked(q register.Question, pin string) bool {
	if !strings.Contains(pin, "*") {
		return about(q, pin)
	}
	want := string(q.PINFL)
	if len(pin) != len(want) || strings.Trim(pin, "*") == "" {
		return false
	}
	for i := range len(pin) {
		if pin[i] != '*' && pin[i] != want[i] {
			return false
		}
	}
	return true
}

var errOtherPerson = breach("the answer is not about the person asked")
