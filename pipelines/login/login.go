package login

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/notice"
	"github.com/saylovhub/hub/pipelines/queue"
)

// The stages.
const (
	StageSend   = "login.send"   // finds the person and makes the code
	StageExpire = "login.expire" // wipes what is left of one
)

// The bounds of a code.
const (
	Life     = 5 * time.Minute
	Guesses  = 5
	Resend   = time.Minute // between two codes for one phone
	PerHour  = 5           // codes for one phone
	keepFor  = 24 * time.Hour
	noticeID = "auth-code"
)

// What a code is for.
const (
	LogIn = "login"
	Sign  = "sign"
)

// State says how far a code has come.
type State string

// The states of a code. All but open are final.
const (
	Open     State = "open"
	Used     State = "used"
	Spent    State = "spent" // every guess was wrong
	Replaced State = "replaced"
	Expired  State = "expired"
)

// Code is one login code, without its digits and its phone.
type Code struct {
	ID         string
	Caller     string // id of the API key that asked, and alone may verify
	Commission string // the key is bound to; empty: to none
	Purpose    string // login or sign
	Content    string // what it signs: SHA-256 of the bytes, hex; empty: nothing
	Language   string
	Hash       []byte // of the digits; empty: there are none, and no guess fits
	Notice     string
	Guesses    int
	State      State
	At         time.Time
	ExpiresAt  time.Time
}

// Person is a registration of somebody who may log in: a candidate or proxy
// whose certificate is issued.
type Person struct {
	Application string
	Subject     string // id
	Ref         string // the application's own name for the subject
	Role        string
	Election    string
	Commission  string
	Phone       personal.Phone
	PINFL       personal.PINFL
}

// Tx is what logging in reads and writes.
type Tx interface {
	notice.Tx
	// AddCode stores a code for a phone.
	AddCode(ctx context.Context, c Code, phone personal.Phone) error
	// CodesOf returns the codes of a phone made after a time, newest first.
	CodesOf(ctx context.Context, phone personal.Phone, after time.Time) ([]Code, error)
	Code(ctx context.Context, id string) (Code, error)
	// SentTo reports whether a code is one for this phone.
	SentTo(ctx context.Context, id string, phone personal.Phone) (bool, error)
	SaveCode(ctx context.Context, c Code) error
	// CountGuess counts a guess at an open code of this caller, if one is left.
	CountGuess(ctx context.Context, id, caller string, now time.Time, most int) (c Code, counted bool, err error)
	// DropCodes removes codes made before a time.
	DropCodes(ctx context.Context, before time.Time) error
	// PeopleOf returns who may log in with a code's phone, newest first.
	PeopleOf(ctx context.Context, code string) ([]Person, error)
	Audit(ctx context.Context, l dossier.AuditLine) error
}

// Notifier sends the SMS.
type Notifier interface {
	Direct(ctx context.Context, tx notice.Tx, d notice.Direct) (id string, err error)
	Expire(ctx context.Context, tx notice.Tx, id string) error
}

// Login makes and checks codes.
type Login struct {
	Notices Notifier
	Hash    func(value string) []byte // keyed
	Now     func() time.Time
}

// Stages returns the stages of logging in.
func (l *Login) Stages() []queue.Stage {
	return []queue.Stage{
		{Name: StageSend, Workers: 4, Handle: l.Send},
		{Name: StageExpire, Workers: 1, Handle: l.Expire},
	}
}

// Request asks for a code.
type Request struct {
	Phone                                 personal.Phone
	Language, Purpose, Caller, Commission string
	Content                               string // purpose sign: SHA-256 of the bytes, hex
}

// Ask stores that a code is wanted; codes of before are of no use from then on.
// It refuses too many for one phone, registered or not.
func (l *Login) Ask(ctx context.Context, tx Tx, r Request) (Code, error) {
	if r.Content != "" && r.Purpose != Sign {
		return Code{}, dossier.Refuse(dossier.BadForm, "/content_sha256", "want the purpose sign with it")
	}
	now := l.Now()
	earlier, err := tx.CodesOf(ctx, r.Phone, now.Add(-time.Hour))
	if err != nil {
		return Code{}, err
	}
	var free time.Time
	if len(earlier) > 0 {
		free = earlier[0].At.Add(Resend)
	}
	if len(earlier) >= PerHour {
		if t := earlier[PerHour-1].At.Add(time.Hour); t.After(free) {
			free = t
		}
	}
	if free.After(now) {
		r := dossier.Refusef(dossier.TooSoon, "want at least %s between two codes for one phone and at most %d an hour", Resend, PerHour)
		r.Wait = free.Sub(now)
		return Code{}, r
	}
	for _, c := range earlier {
		if err := l.end(ctx, tx, c, Replaced); err != nil {
			return Code{}, err
		}
	}
	c := Code{
		ID: uuid.NewString(), Caller: r.Caller, Commission: r.Commission, Purpose: r.Purpose, Content: r.Content, Language: r.Language,
		State: Open, At: now, ExpiresAt: now.Add(Life),
	}
	if err := tx.AddCode(ctx, c, r.Phone); err != nil {
		return Code{}, err
	}
	err = tx.Audit(ctx, dossier.AuditLine{At: now, Actor: "key:" + r.Caller, Action: "login.requested", Object: c.ID, Detail: map[string]string{"purpose": r.Purpose}})
	if err != nil {
		return Code{}, err
	}
	return c, tx.Enqueue(ctx,
		queue.New{Stage: StageSend, Ref: c.ID, Key: "login:" + c.ID, Priority: 5},
		queue.New{Stage: StageExpire, Ref: c.ID, Key: "login:" + c.ID + ":expire", Priority: 50, DueAt: c.ExpiresAt},
	)
}

// end makes an open code one that nothing can be done with.
func (l *Login) end(ctx context.Context, tx Tx, c Code, s State) error {
	if c.State != Open {
		return nil
	}
	c.State, c.Hash = s, nil
	if err := tx.SaveCode(ctx, c); err != nil {
		return err
	}
	if c.Notice == "" {
		return nil
	}
	return l.Notices.Expire(ctx, tx, c.Notice)
}

// Send is the handler of StageSend: it makes the digits if there is somebody to
// get them.
func (l *Login) Send(_ context.Context, j queue.Job, _ queue.Keeper) (queue.Effect, error) {
	number, err := digits()
	if err != nil {
		return nil, err
	}
	return queue.In(func(ctx context.Context, tx Tx) error {
		c, err := code(ctx, tx, j.Ref)
		if err != nil || c.State != Open || c.Notice != "" || !l.Now().Before(c.ExpiresAt) {
			return err
		}
		people, err := tx.PeopleOf(ctx, c.ID)
		if err != nil || len(people) == 0 {
			return err
		}
		c.Hash = l.hash(c.ID, number)
		c.Notice, err = l.Notices.Direct(ctx, tx, notice.Direct{
			Key: noticeID + ":" + c.ID, Notice: noticeID, Subject: people[0].Subject, Language: c.Language, Phone: people[0].Phone,
			Params: map[string]string{"code": number, "min": strconv.Itoa(int(Life / time.Minute))}, ExpiresAt: c.ExpiresAt,
		})
		if err != nil {
			return err
		}
		return tx.SaveCode(ctx, c)
	}), nil
}

// code returns a code, or nothing that is open when it was dropped by now.
func code(ctx context.Context, tx Tx, id string) (Code, error) {
	c, err := tx.Code(ctx, id)
	if r, ok := errors.AsType[*dossier.Refusal](err); ok && r.Code == dossier.NotFound {
		return Code{}, nil
	}
	return c, err
}

// digits are six, each as likely as any other.
func digits() (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", fmt.Errorf("making a code: %w", err)
	}
	return fmt.Sprintf("%06d", n.Int64()), nil
}

// hash binds the digits to their code: equal ones of two codes differ.
func (l *Login) hash(id, number string) []byte { return l.Hash(id + ":" + number) }

// Expire is the handler of StageExpire.
func (l *Login) Expire(_ context.Context, j queue.Job, _ queue.Keeper) (queue.Effect, error) {
	return queue.In(func(ctx context.Context, tx Tx) error {
		c, err := code(ctx, tx, j.Ref)
		if err != nil {
			return err
		}
		if err := l.end(ctx, tx, c, Expired); err != nil {
			return err
		}
		if c.Notice != "" { // one in doubt was left to this moment
			if err := l.Notices.Expire(ctx, tx, c.Notice); err != nil {
				return err
			}
		}
		return tx.DropCodes(ctx, l.Now().Add(-keepFor))
	}), nil
}

// Answer is what a guess brought. It must be committed whatever it says: the
// guess is counted.
type Answer struct {
	Verified bool
	Gone     bool // no guess is possible (any more)
	Left     int  // guesses left after a wrong one
	Purpose  string
	People   []Person // who logged in, newest registration first
}

// Verify judges a guess that is to log somebody in. A code that signs bytes is of
// no use for it.
func (l *Login) Verify(ctx context.Context, tx Tx, id, caller, number string) (Answer, error) {
	c, a, err := l.guess(ctx, tx, id, caller, number, func(c Code) (bool, error) { return c.Content == "", nil })
	if err != nil || !a.Verified {
		return a, err
	}
	people, err := tx.PeopleOf(ctx, id)
	if err != nil {
		return Answer{}, err
	}
	if err := l.end(ctx, tx, c, Used); err != nil || len(people) == 0 {
		return Answer{Gone: true}, err // nobody is registered any more
	}
	err = tx.Audit(ctx, dossier.AuditLine{
		At: l.Now(), Actor: "key:" + caller, Action: "login.verified", Object: id, Subject: people[0].PINFL, Detail: map[string]string{"purpose": c.Purpose},
	})
	return Answer{Verified: true, Purpose: c.Purpose, People: people}, err
}
