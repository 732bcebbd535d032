package mocks

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/mocks/eds"
	"github.com/saylovhub/hub/mocks/eskiz"
	"github.com/saylovhub/hub/mocks/inbox"
	"github.com/saylovhub/hub/mocks/oneid"
	"github.com/saylovhub/hub/mocks/population"
	"github.com/saylovhub/hub/mocks/portal"
	"github.com/saylovhub/hub/mocks/sms"
)

// Names of the systems, as Options.Listen gets them.
const (
	SystemPortal = "portal"
	SystemEDS    = "eds"
	SystemSMS    = "sms" // Playmobile
	SystemOneID  = "oneid"
	SystemEskiz  = "eskiz"
)

// AllSystems lists them in the order in which they are shown.
func AllSystems() []string {
	return []string{SystemPortal, SystemEDS, SystemSMS, SystemEskiz, SystemOneID}
}

// DefaultPeople is how many ordinary people there are besides the stories.
const DefaultPeople = 1000

// Options of all systems. The zero value of a field means its documented default.
type Options struct {
	Seed        uint64
	ElectionDay civil.Date // required: ages and certificates hang on it
	People      int        // ordinary people; default DefaultPeople, negative none
	Now         func() time.Time
	Listen      func(system string) string // address per system; default 127.0.0.1:0
	Log         *slog.Logger

	// What only one system knows. Addr, Population, Now and Log are set by Start.
	Portal portal.Options
	EDS    eds.Options
	SMS    sms.Options
	OneID  oneid.Options
	Eskiz  eskiz.Options
}

// Systems are the running mocks.
type Systems struct {
	Population *population.Population
	Portal     *portal.Server
	EDS        *eds.Server
	SMS        *sms.Server
	OneID      *oneid.Server
	Eskiz      *eskiz.Server
}

// Start makes the people and starts every system. They stop when the context
// ends or at Close, whichever is first. An address in use is named in the error.
func Start(ctx context.Context, o Options) (*Systems, error) {
	if o.ElectionDay.IsZero() {
		return nil, errors.New("starting mocks: the election day is not set")
	}
	if o.People == 0 {
		o.People = DefaultPeople
	}
	if o.Listen == nil {
		o.Listen = func(string) string { return "" }
	}
	s := &Systems{Population: population.New(o.Seed, o.ElectionDay, o.People)}
	if err := s.start(ctx, o); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	context.AfterFunc(ctx, func() { _ = s.Close() })
	return s, nil
}

func (s *Systems) start(ctx context.Context, o Options) (err error) {
	o.Portal.Addr, o.Portal.Population, o.Portal.Now, o.Portal.Log = o.Listen(SystemPortal), s.Population, o.Now, o.Log
	if s.Portal, err = portal.Start(ctx, o.Portal); err != nil {
		return err
	}
	o.EDS.Addr, o.EDS.Population, o.EDS.Now, o.EDS.Log = o.Listen(SystemEDS), s.Population, o.Now, o.Log
	if s.EDS, err = eds.Start(ctx, o.EDS); err != nil {
		return err
	}
	if o.SMS.Inbox == nil { // one telephone for all gateways
		o.SMS.Inbox = inbox.New()
	}
	if o.Eskiz.Inbox == nil {
		o.Eskiz.Inbox = o.SMS.Inbox
	}
	o.SMS.Addr, o.SMS.Seed, o.SMS.Now, o.SMS.Log = o.Listen(SystemSMS), o.Seed, o.Now, o.Log
	if s.SMS, err = sms.Start(ctx, o.SMS); err != nil {
		return err
	}
	o.OneID.Addr, o.OneID.Population, o.OneID.Now, o.OneID.Log = o.Listen(SystemOneID), s.Population, o.Now, o.Log
	if s.OneID, err = oneid.Start(ctx, o.OneID); err != nil {
		return err
	}
	o.Eskiz.Addr, o.Eskiz.Seed, o.Eskiz.Now, o.Eskiz.Log = o.Listen(SystemEskiz), o.Seed, o.Now, o.Log
	s.Eskiz, err = eskiz.Start(ctx, o.Eskiz)
	return err
}

// URLs are the addresses by system.
func (s *Systems) URLs() map[string]string {
	return map[string]string{
		SystemPortal: s.Portal.URL(), SystemEDS: s.EDS.URL(), SystemSMS: s.SMS.URL(), SystemOneID: s.OneID.URL(), SystemEskiz: s.Eskiz.URL(),
	}
}

// Close stops every system and waits for its calls to end.
func (s *Systems) Close() error {
	var errs []error
	if s.Eskiz != nil {
		errs = append(errs, s.Eskiz.Close())
	}
	if s.OneID != nil {
		errs = append(errs, s.OneID.Close())
	}
	if s.SMS != nil {
		errs = append(errs, s.SMS.Close())
	}
	if s.EDS != nil {
		errs = append(errs, s.EDS.Close())
	}
	if s.Portal != nil {
		errs = append(errs, s.Portal.Close())
	}
	return errors.Join(errs...)
}
