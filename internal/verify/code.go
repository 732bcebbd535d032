package verify

import (
	"fmt"
	"time"

	"github.com/saylovhub/hub/pipelines/issuing"
)

// Basis is what a check rests on. What is left out is not checked, and the report
// says so.
type Basis struct {
	Keys        Keys          // Key may be empty when Answer is there
	Revocations []byte        // as GET /v1/revocations answered; nil: none
	MaxAge      time.Duration // of the list; default 24 hours
	Answer      *Answer       // the hub's own, for this code and file; nil: it was not asked
	Now         time.Time
}

const (
	defaultAge = 24 * time.Hour
	// ahead is how far a list's time may be ahead of this machine's clock.
	ahead = 5 * time.Minute
)

const (
	whatCode       = "code"
	whatSignature  = "signature of the code"
	whatValidity   = "validity"
	whatRevocation = "revocation"
	whatHub        = "the hub's register"
)

// Code checks the code of a document: the code alone or its whole address, as it
// was scanned, typed or pasted. Genuine means that the hub signed it; that the
// paper shows what it was made for, only a look at the paper tells.
func Code(text string, b Basis) Report {
	r := Report{Of: "code", Checks: []Check{}, CheckedAt: b.Now.UTC().Truncate(time.Second)}
	b.code(&r, text)
	r.find(IsGenuine, "the hub signed this code")
	if r.Verdict == IsGenuine {
		r.open("whether the paper shows what was issued: compare kind, number and the holder")
	}
	return r.close()
}

// code checks everything that a code proves by itself. The code is returned when
// its signature is good or was not to be checked here.
func (b Basis) code(r *Report, text string) (issuing.Code, bool) {
	if !issuing.Shaped(text) {
		r.check(whatCode, Failed, "it does not have the form of a code")
		r.find(IsUnknown, "this is not the code of a document of a hub")
		return issuing.Code{}, false
	}
	if b.Keys.Key == nil {
		r.check(whatSignature, NotChecked, "no public key was given")
		b.answered(r)
		if b.Answer == nil {
			r.find(IsUnknown, "neither a public key nor the hub's answer was given")
		}
		return issuing.Code{}, false
	}
	c, plain, err := issuing.Codes{PublicKey: b.Keys.Key}.ReadTyped(text)
	if err != nil {
		r.check(whatSignature, Failed, "not signed with the key "+KeyID(b.Keys.Key))
		r.find(IsAltered, "the code is damaged, altered or made up, or another hub signed it")
		b.answered(r)
		return issuing.Code{}, false
	}
	r.describe(c)
	r.check(whatSignature, Passed, "signed with the key "+KeyID(b.Keys.Key))
	switch {
	case c.ValidUntil.IsZero():
		r.check(whatValidity, Passed, "without an end")
	case lapsed(c.ValidUntil, b.Now):
		r.check(whatValidity, Failed, "ended with "+c.ValidUntil.String())
		r.find(IsExpired, "its last valid day was "+c.ValidUntil.String())
	default:
		r.check(whatValidity, Passed, "up to and including "+c.ValidUntil.String())
	}
	b.revocation(r, plain)
	b.answered(r)
	return c, true
}

// revocation looks the code up in the signed list. Who gives a list wants to
// rely on it: when it cannot be relied on, nothing is called genuine.
func (b Basis) revocation(r *Report, plain string) {
	if b.Revocations == nil {
		r.check(whatRevocation, NotChecked, "no list of revocations was given")
		if b.Answer == nil {
			r.open("whether it was revoked or replaced since: give the signed list, or ask the hub")
		}
		return
	}
	l, err := ReadList(b.Revocations, b.Keys.Key)
	if err != nil {
		r.check(whatRevocation, Failed, err.Error())
		r.find(IsUnknown, "the list of revocations that was given is of no use")
		return
	}
	if e, found := l.Find(plain); found {
		r.VoidOn = e.On.String()
		r.check(whatRevocation, Failed, fmt.Sprintf("%s on %s", e.State, e.On))
		r.find(IsRevoked, fmt.Sprintf("it was %s on %s", e.State, e.On))
		return
	}
	most, age := b.MaxAge, b.Now.Sub(l.CoversTo)
	if most == 0 {
		most = defaultAge
	}
	made := l.IssuedAt.UTC().Format(time.RFC3339)
	switch {
	case l.IssuedAt.Sub(b.Now) > ahead:
		r.check(whatRevocation, NotChecked, "the list is of "+made+", which is still to come: is the clock of this machine right?")
		r.find(IsUnknown, "whether it was revoked is not known: the list's time is still to come")
	case age > most:
		r.check(whatRevocation, NotChecked, fmt.Sprintf("not in the list of %s, which is older than %s", made, most))
		r.open("whether it was revoked after " + made)
		r.find(IsUnknown, "whether it was revoked is not known: the list is too old")
	default:
		r.check(whatRevocation, Passed, "not in the signed list of "+made)
	}
}

// answered takes the hub's answer into account.
func (b Basis) answered(r *Report) {
	a := b.Answer
	if a == nil {
		return
	}
	r.Hub = a
	if a.VoidOn != "" {
		r.VoidOn = a.VoidOn
	}
	r.ReplacedBy = a.ReplacedBy
	if r.Number == "" {
		r.Kind, r.Title, r.Number, r.Commission, r.ValidUntil = a.Kind, a.Title, a.Number, a.Commission, a.ValidUntil
	}
	result := Failed
	switch a.Status {
	case Genuine:
		result = Passed
	case NotGenuine:
		r.find(IsAltered, "the hub did not sign this code")
	case Altered:
		r.find(IsAltered, "the file is not the one that the hub issued")
	case Revoked, Annulled:
		r.find(IsRevoked, "the hub says: "+string(a.Status)+since(a.VoidOn))
	case Replaced:
		r.find(IsRevoked, "the hub says: replaced"+since(a.VoidOn))
	case Expired:
		r.find(IsExpired, "the hub says: expired")
	case NotIssued, Unknown:
		r.find(IsUnknown, "the hub's register has no such document issued")
	default:
		r.find(IsUnknown, "the hub answered what this version does not understand")
	}
	r.check(whatHub, result, string(a.Status))
}

func since(day string) string {
	if day == "" {
		return ""
	}
	return " on " + day
}
