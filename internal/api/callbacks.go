package api

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/notice"
)

// Callbacks are the addresses at which SMS providers tell what became of
// messages. They sign nothing: what protects the address is a secret in it and
// the list of addresses they call from.
type Callbacks struct {
	Providers map[string]Callback
	// Proxies are those of ours whose X-Forwarded-For is believed.
	Proxies []netip.Prefix
	// Observe is told what each report did; nil: nobody is.
	Observe func(provider string, did notice.Heard)
}

// Callback is one provider's.
type Callback struct {
	Secret personal.Secret // at least 16 characters; shorter ones let nobody in
	Allow  []netip.Prefix  // whom it may call from; none: from anywhere
	// Read reads a body. Its error means that something in it is no report; what
	// could be read stands beside it and counts.
	Read func(body []byte) ([]notice.Report, error)
}

// Bounds of a callback.
const (
	callbackBody = 1 << 20 // bytes
	atOnce       = 200     // reports written in one transaction
	leastSecret  = 16      // characters
)

// smsReport takes delivery reports. Who may not call is told what any unknown
// address is told. Nothing here writes the request's address: it holds the
// secret.
func (s *server) smsReport(w http.ResponseWriter, r *request) (int, any, error) {
	provider := r.PathValue("provider")
	c, known := s.Callbacks.Providers[provider]
	if !c.knows(r.PathValue("secret")) || !known || !c.allows(s.Callbacks.caller(r.Request)) {
		return 0, nil, noSuchAddress
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Request.Body, callbackBody))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return 0, nil, Problem{Title: "Too large", Status: http.StatusRequestEntityTooLarge, Code: "too_large", Detail: "want at most 1 MiB"}
	}
	if err != nil {
		return 0, nil, Problem{Title: "The body broke off", Status: http.StatusBadRequest, Code: "truncated"}
	}
	reports, unread := c.Read(body)
	for part := range slices.Chunk(reports, atOnce) {
		var heard []notice.Heard
		err := s.Store.Write(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
			heard, err = s.Notices.Reported(ctx, tx, provider, part)
			return err
		})
		if err != nil {
			return 0, nil, err // the provider sends them again
		}
		for _, h := range heard {
			if s.Callbacks.Observe != nil {
				s.Callbacks.Observe(provider, h)
			}
		}
	}
	if unread != nil {
		s.Log.WarnContext(r.Context(), "a callback that is no report", "system", provider)
		return 0, nil, Problem{Title: "Not a report", Status: http.StatusBadRequest, Code: "not_report", Detail: "want the message's id and its status"}
	}
	return http.StatusOK, nil, nil
}

// knows compares in a time that says nothing of the secret.
func (c Callback) knows(secret string) bool {
	a, b := sha256.Sum256([]byte(secret)), sha256.Sum256([]byte(c.Secret))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1 && len(c.Secret) >= leastSecret
}

func (c Callback) allows(from netip.Addr) bool {
	return len(c.Allow) == 0 || in(c.Allow, from)
}

func in(list []netip.Prefix, a netip.Addr) bool {
	return a.IsValid() && slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(a) })
}

// caller is where a request comes from: the connection's other end or, when
// that is a proxy of ours, whoever the last proxy of ours says it is.
func (c Callbacks) caller(r *http.Request) netip.Addr {
	port, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	at := port.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && in(c.Proxies, at); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			return netip.Addr{}
		}
		at = next.Unmap()
	}
	return at
}

// noticeDetail is one notice as operators see it.
type noticeDetail struct {
	noticeView
	Application string     `json:"application,omitempty"`
	Language    string     `json:"language"`
	Text        string     `json:"text,omitempty"`
	Ref         string     `json:"ref,omitempty"`
	RefusedBy   []string   `json:"refused_by,omitempty"`
	MadeAt      time.Time  `json:"made_at"`
	CalledAt    *time.Time `json:"called_at,omitempty"`
	ExpiresAt   *time.Time `json:"expires_at,omitempty"`
}

// myNotice returns a notice that the key may see, and its application.
func (s *server) myNotice(r *request) (dossier.Notice, dossier.Application, error) {
	n, err := s.Store.Notice(r.Context(), r.PathValue("id"))
	if err != nil {
		return n, dossier.Application{}, err
	}
	var a dossier.Application
	if n.Application != "" {
		if a, err = s.Store.Application(r.Context(), n.Application); err != nil {
			return n, a, err
		}
	}
	if r.key.Commission != "" && r.key.Commission != a.Commission {
		return n, a, dossier.Refusef(dossier.NotFound, "no such notice")
	}
	return n, a, nil
}

func (s *server) getNotice(_ http.ResponseWriter, r *request) (int, any, error) {
	n, a, err := s.myNotice(r)
	if err != nil {
		return 0, nil, err
	}
	ref := ""
	if i := slices.IndexFunc(a.Subjects, func(d dossier.Subject) bool { return d.ID == n.Subject }); i >= 0 {
		ref = a.Subjects[i].Ref
	}
	v := noticeDetail{
		noticeView: noticeOf(n, ref), Application: n.Application, Language: n.Language, Ref: n.Ref, RefusedBy: n.Refused,
		MadeAt: n.At, CalledAt: when(n.CalledAt), ExpiresAt: when(n.ExpiresAt),
	}
	if !n.Secret {
		v.Text = n.Text
	}
	line := dossier.AuditLine{At: s.Now(), Actor: "key:" + r.key.ID, Action: "notice.read", Object: n.ID}
	if err := s.audit(r.Context(), line); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, v, nil
}

func (s *server) settleNotice(_ http.ResponseWriter, r *request) (int, any, error) {
	var b struct{ Outcome, Reason string }
	if err := r.decode(&b); err != nil {
		return 0, nil, err
	}
	n, _, err := s.myNotice(r)
	if err != nil {
		return 0, nil, err
	}
	actor := "key:" + r.key.ID
	err = s.Store.Write(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		if err := s.Notices.Settle(ctx, tx, n.ID, b.Outcome == "sent", actor); err != nil {
			return err
		}
		return tx.Audit(ctx, dossier.AuditLine{At: s.Now(), Actor: actor, Action: "notice.settled", Object: n.ID, Detail: map[string]string{"outcome": b.Outcome, "reason": b.Reason}})
	})
	return http.StatusNoContent, nil, err
}
