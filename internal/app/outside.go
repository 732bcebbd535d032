package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"os"
	"strconv"
	"strings"

	"github.com/saylovhub/hub/connectors/eds"
	"github.com/saylovhub/hub/connectors/sms"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/signature"
	"github.com/saylovhub/hub/internal/api"
	"github.com/saylovhub/hub/internal/config"
	"github.com/saylovhub/hub/internal/vault"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/notice"
)

// verifier picks the EDS operation by what the envelope is.
type verifier struct{ c *eds.Client }

func (v verifier) Verify(ctx context.Context, document, pkcs7 []byte, want signature.Expectation) (signature.Verdict, error) {
	_, detached, err := signature.Content(pkcs7)
	if err != nil {
		return signature.Verdict{}, fault.New(fault.Defect, err) // the door lets no such envelope in
	}
	if detached {
		return v.c.VerifyDetached(ctx, document, pkcs7, want)
	}
	return v.c.VerifyAttached(ctx, pkcs7, document, want)
}

// provider is an SMS gateway as notices see it.
type provider struct{ sms.Provider }

func (p provider) Send(ctx context.Context, m notice.Message) (string, error) {
	return p.Provider.Send(ctx, sms.Message(m))
}

// asker is a gateway that can be asked what became of a message.
type asker struct {
	provider
	sms.Asker
}

func (a asker) Ask(ctx context.Context, q notice.Query) (notice.Report, error) {
	r, err := a.Asker.Ask(ctx, sms.Query(q))
	return reportOf(r), err
}

// deliveries are the connectors' words for what notices know.
var deliveries = map[sms.State]dossier.Delivery{
	sms.InFlight: dossier.InFlight, sms.Delivered: dossier.Delivered, sms.Undelivered: dossier.Undelivered, sms.Absent: dossier.Absent,
}

func reportOf(r sms.Report) notice.Report {
	state, ok := deliveries[r.State]
	if !ok {
		state = dossier.Unknown
	}
	return notice.Report{ID: r.MessageID, Ref: r.Ref, State: state, Word: r.Word, At: r.At}
}

// callbackURL is where a gateway posts its reports; empty when none are taken.
func callbackURL(cfg config.Config, provider string, c config.Callback) personal.Secret {
	if c.Secret.Secret == "" || cfg.PublicURL == "" {
		return ""
	}
	return personal.Secret(strings.TrimSuffix(cfg.PublicURL, "/")+"/v1/callbacks/sms/"+provider+"/") + c.Secret.Secret
}

// callbacks are the addresses of delivery reports: those with a secret.
func (a *App) callbacks() api.Callbacks {
	out := api.Callbacks{
		Providers: map[string]api.Callback{},
		Observe:   func(provider string, did notice.Heard) { a.metrics.Report(provider, string(did)) },
	}
	for _, one := range []struct {
		provider string
		config   config.Callback
		read     func([]byte) ([]sms.Report, error)
	}{
		{sms.PlaymobileSystem, a.cfg.SMS.Playmobile.Callback, sms.ReadPlaymobileReports},
		{sms.EskizSystem, a.cfg.SMS.Eskiz.Callback, sms.ReadEskizReports},
	} {
		if one.config.Secret.Secret == "" {
			continue
		}
		allow, _ := one.config.Prefixes() // checked with the configuration
		out.Providers[one.provider] = api.Callback{Secret: one.config.Secret.Secret, Allow: allow, Read: func(body []byte) ([]notice.Report, error) {
			list, err := one.read(body)
			reports := make([]notice.Report, 0, len(list))
			for _, r := range list {
				reports = append(reports, reportOf(r))
			}
			return reports, err
		}}
	}
	out.Proxies, _ = config.Prefixes(a.cfg.TrustedProxies)
	return out
}

func smsText(text string) (string, int) {
	text, _, parts := sms.Preview(text)
	return text, parts
}

// newTransaction is a 15-digit number, which every register's wire takes.
func newTransaction() string {
	n, err := rand.Int(rand.Reader, big.NewInt(9e14))
	if err != nil {
		panic(err) // the system's randomness is gone: nothing may be asked
	}
	return strconv.FormatInt(n.Int64()+1e14, 10)
}

// adminKey reads the administrator's API key, or makes it on first use.
func adminKey(path string) (string, error) {
	raw, err := os.ReadFile(path)
	if err == nil {
		if key := strings.TrimSpace(string(raw)); strings.HasPrefix(key, "admin.") {
			return key, nil
		}
		return "", fmt.Errorf("%s is damaged: remove it and a new administrator key is made at the next start", path)
	}
	if !os.IsNotExist(err) {
		return "", fmt.Errorf("reading the administrator's key: %w", err)
	}
	_, secret := vault.NewKey()
	key := "admin." + secret
	if err := os.WriteFile(path, []byte(key+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("writing the administrator's key: %w", err)
	}
	return key, nil
}

func secretOf(key string) string {
	_, secret, _ := strings.Cut(key, ".")
	return secret
}
