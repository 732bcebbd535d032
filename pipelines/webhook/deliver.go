package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/pipelines/event"
	"github.com/saylovhub/hub/pipelines/queue"
)

// system is what webhooks are called in faults; which one it is the delivery says.
const system = "webhook"

// patience is how long a receiver may take to answer.
const patience = 10 * time.Second

// Hooks keeps webhooks and delivers to them.
type Hooks struct {
	Store Store
	Rules Rules
	Limit time.Duration // time limit of a delivery
	Feed  *event.Feed   // wakes the dispatcher when the stream has grown; nil: it polls only
	Now   func() time.Time
	Log   *slog.Logger
	Agent string // name and version of the program, for receivers' logs

	rests  rests
	once   sync.Once
	client *http.Client
}

// caller is the HTTP client: it goes to no proxy, follows no redirect and dials no
// address that the rules forbid, wherever a name leads at that moment.
func (h *Hooks) caller() *http.Client {
	h.once.Do(func() {
		dialer := &net.Dialer{Timeout: patience / 2, Control: func(_, address string, _ syscall.RawConn) error { return h.Rules.checkDialled(address) }}
		h.client = &http.Client{
			Transport: &http.Transport{
				DialContext: dialer.DialContext, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, TLSHandshakeTimeout: patience / 2,
				MaxIdleConns: 100, MaxIdleConnsPerHost: atOnce, IdleConnTimeout: 30 * time.Second, MaxResponseHeaderBytes: 16 << 10,
				ForceAttemptHTTP2: true,
			},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	})
	return h.client
}

// Close ends connections that are kept.
func (h *Hooks) Close() { h.caller().CloseIdleConnections() }

// Stage is the stage of deliveries.
func (h *Hooks) Stage() queue.Stage {
	return queue.Stage{Name: StageDeliver, Workers: 16, Timeout: 2 * patience, Handle: h.Deliver, GiveUp: h.GaveUp}
}

// Deliver is the handler of StageDeliver.
func (h *Hooks) Deliver(ctx context.Context, j queue.Job, keep queue.Keeper) (queue.Effect, error) {
	d, err := h.Store.Delivery(ctx, j.Ref)
	if err != nil || d.State == Delivered {
		return nil, err
	}
	w, err := h.Store.Webhook(ctx, d.Webhook)
	if err != nil {
		return nil, err
	}
	switch w.State {
	case Removed:
		return h.save(d.ID, func(d *Delivery) { d.State = Failed }), nil
	case Paused:
		return h.putBy(j, d), nil
	case Active:
	}
	leave, err := h.rests.enter(w.ID, h.Now())
	if err != nil {
		return nil, err
	}
	status, err := h.post(ctx, w, d)
	leave(err == nil, h.Now())
	now := h.Now()
	if err == nil {
		return h.save(d.ID, func(d *Delivery) {
			d.State, d.Status, d.DeliveredAt = Delivered, status, now
			d.Attempts++
		}), nil
	}
	tried := h.save(d.ID, func(d *Delivery) { d.State, d.Status, d.Attempts = Waiting, status, d.Attempts+1 })
	return nil, errors.Join(err, keep(context.WithoutCancel(ctx), tried))
}

func (h *Hooks) save(id string, change func(d *Delivery)) queue.Effect {
	return queue.In(func(ctx context.Context, tx Tx) error {
		d, err := tx.DeliveryNow(ctx, id)
		if err != nil || d.State == Delivered {
			return err
		}
		change(&d)
		return tx.SaveDelivery(ctx, d)
	})
}

// putBy leaves a delivery for the end of a pause: resuming makes a job of each that
// waits. One that had failed and is replayed did not wait when the pause ended in
// between, so its job is made here. The webhook's row goes first, as in Steer.
func (h *Hooks) putBy(j queue.Job, d Delivery) queue.Effect {
	return queue.In(func(ctx context.Context, tx Tx) error {
		w, err := tx.WebhookNow(ctx, d.Webhook)
		if err != nil {
			return err
		}
		d, err := tx.DeliveryNow(ctx, d.ID)
		if err != nil || d.State != Failed {
			return err // delivered, or it waits
		}
		d.State = Waiting
		if err := tx.SaveDelivery(ctx, d); err != nil || w.State != Active {
			return err
		}
		return tx.Enqueue(ctx, h.job(w.ID, d.ID, fmt.Sprintf(":job-%d-%d", j.ID, j.Generation)))
	})
}

// GaveUp marks the delivery of a job that became a failure.
func (h *Hooks) GaveUp(j queue.Job, _ queue.Failure) queue.Effect {
	return h.save(j.Ref, func(d *Delivery) { d.State = Failed })
}

// post makes one try. What the receiver answers beside its status is not read.
func (h *Hooks) post(ctx context.Context, w Webhook, d Delivery) (status int, err error) {
	e, err := h.Store.EventAt(ctx, d.Position)
	if err != nil {
		return 0, err
	}
	body, err := e.JSON()
	if err != nil {
		return 0, err
	}
	if err := h.Rules.CheckURL(w.URL); err != nil {
		return 0, refused(err)
	}
	now := h.Now()
	signature, err := w.Secret.sign(e.ID, now, body)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(body))
	if err != nil {
		return 0, refused(errors.New("the address cannot be called"))
	}
	r.Header.Set("Content-Type", event.MediaType)
	r.Header.Set("User-Agent", h.Agent)
	r.Header.Set(HeaderID, e.ID)
	r.Header.Set(HeaderTimestamp, strconv.FormatInt(now.Unix(), 10))
	r.Header.Set(HeaderSignature, signature)
	answer, err := h.caller().Do(r)
	if err != nil {
		return 0, unreached(err)
	}
	defer func() { _ = answer.Body.Close() }()
	_, _ = io.CopyN(io.Discard, answer.Body, 4<<10) // so that the connection may serve again
	return answer.StatusCode, judge(answer)
}

// judge says what a status means: only 2xx is a yes. A receiver that is wrong
// today may be mended tomorrow, so all but its "gone" is tried again.
func judge(a *http.Response) error {
	if a.StatusCode >= 200 && a.StatusCode < 300 {
		return nil
	}
	f := &fault.Fault{
		Kind: fault.Unavailable, System: system, Operation: "deliver", Code: strconv.Itoa(a.StatusCode),
		Err: fmt.Errorf("the receiver answered %d", a.StatusCode), Hint: "tell whoever runs the receiver, then replay",
	}
	if seconds, err := strconv.Atoi(a.Header.Get("Retry-After")); err == nil && seconds > 0 {
		f.Wait = min(time.Duration(min(seconds, 86400))*time.Second, longRest)
	}
	if a.StatusCode == http.StatusGone {
		f.Kind = fault.Rejected
	}
	return f
}

// unreached leaves of a client's error what holds no address of the receiver's.
func unreached(err error) error {
	if errors.Is(err, errPrivate) {
		return refused(errPrivate)
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	why := "the receiver cannot be reached"
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		why = "the receiver did not answer in time"
	case isTLS(err):
		why = "the receiver's certificate or TLS is not right"
	}
	return &fault.Fault{
		Kind: fault.Unavailable, System: system, Operation: "deliver", Code: "unreached", Err: errors.New(why), Hint: "tell whoever runs the receiver, then replay",
	}
}

func isTLS(err error) bool {
	_, certificate := errors.AsType[*tls.CertificateVerificationError](err)
	_, record := errors.AsType[tls.RecordHeaderError](err)
	return certificate || record
}

func refused(err error) error {
	return &fault.Fault{Kind: fault.Rejected, System: system, Operation: "deliver", Code: "address", Err: err, Hint: "give the webhook an address that the configuration allows"}
}
