package app

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/internal/config"
	"github.com/saylovhub/hub/internal/verify"
	"github.com/saylovhub/hub/renderer/seal"
	"github.com/saylovhub/hub/templates"
)

// seals are the signers of documents by commission; the empty id is for those
// that have none of their own.
type seals map[string]*seal.Signer

// Of finds a commission's; nil: its documents are not sealed.
func (s seals) Of(commission string) *seal.Signer {
	if own, ok := s[commission]; ok {
		return own
	}
	return s[""]
}

// sealers are the organisations that may seal for which commission.
func (s seals) sealers() verify.Sealers {
	if len(s) == 0 {
		return nil
	}
	out := verify.Sealers{}
	for commission, signer := range s {
		if commission == "" {
			commission = "*"
		}
		subject := signer.Certificate().Subject
		names := subject.Organization
		if len(names) == 0 {
			names = []string{subject.CommonName}
		}
		out[commission] = names
	}
	return out
}

// loadDocuments reads the templates, the emblem and the seals. A certificate that
// has run out stops the start: every document would fail.
func (a *App) loadDocuments() error {
	var o templates.Options
	var err error
	cfg := a.cfg.Documents
	if cfg.Emblem != "" {
		if o.Emblem, err = os.ReadFile(cfg.Emblem); err != nil {
			return fmt.Errorf("documents.emblem: %w", err)
		}
	}
	if a.templates, err = templates.Load(o); err != nil {
		return err
	}
	a.seals = seals{}
	all := maps.Clone(cfg.Seals.Commissions)
	if all == nil {
		all = map[string]config.Seal{}
	}
	if cfg.Seals.Default.Set() {
		all[""] = cfg.Seals.Default
	}
	for _, id := range slices.Sorted(maps.Keys(all)) {
		if a.seals[id], err = loadSeal(all[id], a.now()); err != nil {
			where := "documents.seals.commissions." + id
			if id == "" {
				where = "documents.seals.default"
			}
			return fmt.Errorf("%s: %w", where, err)
		}
	}
	for _, name := range a.cfg.Chrome.Warm {
		if _, ok := a.templates.Get(name); !ok {
			return fmt.Errorf("chrome.warm: no document %q", name)
		}
	}
	a.sealCA, err = loadSealCA(cfg.Seals.CA)
	return err
}

func loadSeal(s config.Seal, now time.Time) (*seal.Signer, error) {
	certificate, err := os.ReadFile(s.Certificate)
	if err != nil {
		return nil, err
	}
	signer, err := seal.Load(certificate, []byte(s.Key.Secret))
	if err != nil {
		return nil, err
	}
	return signer, signer.Check(now)
}

func loadSealCA(file string) ([]byte, error) {
	if file == "" {
		return nil, nil
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("documents.seals.ca: %w", err)
	}
	if !x509.NewCertPool().AppendCertsFromPEM(raw) {
		return nil, errors.New("documents.seals.ca: want certificates in PEM")
	}
	return raw, nil
}

// crowded says that no more prints may wait: whoever orders a document now is sent
// away before a number is taken.
func (a *App) crowded() error {
	if !a.browser.Health().Full {
		return nil
	}
	return &fault.Fault{
		Kind: fault.Unavailable, System: "chrome", Operation: "print", Wait: crowdedWait, Hint: "come again when Retry-After says so; chrome.queue bounds how many wait",
		Err: errors.New("too many prints are waiting"),
	}
}

const crowdedWait = 5 * time.Second

// documentGauges tell how the browsers stand that print documents, and how long
// seals are still in force.
func (a *App) documentGauges() {
	a.metrics.Gauge("hub_browser_workers_alive", "Browsers that print documents and answer.", nil, func() float64 {
		return float64(a.browser.Health().Alive())
	})
	a.metrics.Gauge("hub_browser_waiting", "Prints that wait for a browser.", nil, func() float64 { return float64(a.browser.Health().Waiting) })
	a.metrics.Gauge("hub_browser_full", "1 when no more prints may wait: callers are sent away.", nil, func() float64 {
		if a.browser.Health().Full {
			return 1
		}
		return 0
	})
	if len(a.seals) == 0 {
		return
	}
	a.metrics.Gauge("hub_seal_seconds_left", "Until the first of the certificates runs out that documents are sealed with.", nil, func() float64 {
		left := math.Inf(1)
		for _, s := range a.seals {
			left = min(left, s.Certificate().NotAfter.Sub(a.now()).Seconds())
		}
		return left
	})
}

// warm opens the tabs of the documents that the configuration names, off the
// start's path.
func (a *App) warm(ctx context.Context) {
	for _, name := range a.cfg.Chrome.Warm {
		t, ok := a.templates.Get(name)
		if !ok {
			continue // refused at the start
		}
		if err := a.browser.Warm(ctx, name, t.Shell()); err != nil {
			if ctx.Err() == nil {
				a.log.WarnContext(ctx, "a document's page could not be opened ahead of time", "template", name, "kind", fault.KindOf(err), "error", err)
			}
			return
		}
	}
}
