package login

import (
	"context"
	"crypto/subtle"

	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/queue"
)

// guess judges one guess. It is counted before it is compared, so that no number
// of guesses at once is more than the code allows. A code that does not fit is
// wrong, whatever its digits: that it is somebody else's is told to nobody.
func (l *Login) guess(ctx context.Context, tx Tx, id, caller, number string, fits func(Code) (bool, error)) (Code, Answer, error) {
	c, counted, err := tx.CountGuess(ctx, id, caller, l.Now(), Guesses)
	if err != nil {
		return c, Answer{}, err
	}
	if !counted {
		c, err := tx.Code(ctx, id)
		if err == nil && c.Caller != caller {
			err = dossier.Refusef(dossier.NotFound, "no such code")
		}
		return c, Answer{Gone: true}, err
	}
	right, err := fits(c)
	if err != nil {
		return c, Answer{}, err
	}
	want := c.Hash
	if len(want) == 0 {
		want = make([]byte, len(l.hash(id, number)))
	}
	if subtle.ConstantTimeCompare(l.hash(id, number), want) != 1 || len(c.Hash) == 0 || !right {
		a := Answer{Left: Guesses - c.Guesses}
		if a.Left <= 0 {
			return c, a, l.end(ctx, tx, c, Spent)
		}
		return c, a, nil
	}
	return c, Answer{Verified: true, Purpose: c.Purpose}, nil
}

// Signing is a guess at the code that is to sign something.
type Signing struct {
	Code, Digits string
	Caller       string // id of the API key that asked for the code
	Content      string // SHA-256 of the bytes, hex
	Signer       personal.PINFL
	Phone        personal.Phone // of the signer
	Object       string         // id of what is signed, for the audit log
}

// Sign uses a code up as the signature over some bytes, if it was sent to the
// signer's phone for exactly these. Like Verify's, its answer must be committed
// whatever it says. The transaction must be a Tx.
func (l *Login) Sign(ctx context.Context, tx queue.Tx, s Signing) (Answer, error) {
	t := tx.(Tx)
	c, err := t.Code(ctx, s.Code)
	if err != nil {
		return Answer{}, err
	}
	if c.Caller == s.Caller && c.Content != s.Content {
		return Answer{}, dossier.Refuse(dossier.ContentDiffers, "/code/id", "want a code that was asked for with the SHA-256 of these very bytes")
	}
	c, a, err := l.guess(ctx, t, s.Code, s.Caller, s.Digits, func(c Code) (bool, error) {
		if c.Purpose != Sign || c.Content != s.Content || s.Phone == "" {
			return false, nil
		}
		return t.SentTo(ctx, c.ID, s.Phone)
	})
	if err != nil || !a.Verified {
		return a, err
	}
	if err := l.end(ctx, t, c, Used); err != nil {
		return Answer{}, err
	}
	return a, t.Audit(ctx, dossier.AuditLine{
		At: l.Now(), Actor: "key:" + s.Caller, Action: "login.signed", Object: c.ID, Subject: s.Signer, Detail: map[string]string{"signed": s.Object},
	})
}

// WrongGuess is the answer to wrong digits where the guess was one step of an act:
// nothing else of it was written, and that the guess was counted is to be committed.
type WrongGuess struct{ Left int }

// Error words it.
func (w *WrongGuess) Error() string { return "not the code that was sent" }
