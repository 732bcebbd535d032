package mocks_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/mocks"
	"github.com/saylovhub/hub/mocks/portal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var election = civil.Date{Year: 2026, Month: time.December, Day: 27}

func clock() time.Time { return time.Date(2026, 11, 20, 10, 0, 0, 0, civil.Tashkent) }

func TestStartServesEverySystem(t *testing.T) {
	t.Parallel()
	s, err := mocks.Start(t.Context(), mocks.Options{Seed: 7, ElectionDay: election, People: 10, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("second close: %v", err)
		}
	}()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for name, url := range map[string]string{
		"portal": s.Portal.URL() + "/_mock/people?story=party-head",
		"eds":    s.EDS.URL() + "/ping",
		"sms":    s.SMS.URL() + "/_mock/inbox",
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s answers %d", name, resp.StatusCode)
		}
		if name == "portal" {
			var card portal.Card
			if err := json.NewDecoder(resp.Body).Decode(&card); err != nil {
				t.Fatal(err)
			}
			p := s.Population.ByStory("party-head")
			if card.PINFL != p.PINFL || card.Document != p.Document || card.OrganisationTIN == "" || card.Phone != p.Phone {
				t.Error("the card differs from the person")
			}
		}
		_ = resp.Body.Close()
	}
}

func TestAddressInUseIsNamed(t *testing.T) {
	t.Parallel()
	first, err := mocks.Start(t.Context(), mocks.Options{ElectionDay: election, People: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = first.Close() }()
	taken := strings.TrimPrefix(first.EDS.URL(), "http://")
	second, err := mocks.Start(t.Context(), mocks.Options{ElectionDay: election, People: -1, Listen: func(system string) string {
		if system == mocks.SystemSMS {
			return taken
		}
		return ""
	}})
	if err == nil {
		_ = second.Close()
		t.Fatal("started on a taken address")
	}
	if want := "mock sms cannot listen on " + taken + ": another program already uses that address"; err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
}

func TestElectionDayIsRequired(t *testing.T) {
	t.Parallel()
	if _, err := mocks.Start(t.Context(), mocks.Options{}); err == nil || !strings.Contains(err.Error(), "election day") {
		t.Errorf("error %v", err)
	}
}

// The end of the context is the end of the servers.
func TestContextEndStops(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s, err := mocks.Start(ctx, mocks.Options{ElectionDay: election, People: -1})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := s.Close(); err != nil { // waits, whoever was first
		t.Error(err)
	}
	again, err := mocks.Start(t.Context(), mocks.Options{ElectionDay: election, People: -1, Listen: func(system string) string {
		if system == mocks.SystemPortal {
			return strings.TrimPrefix(s.Portal.URL(), "http://")
		}
		return ""
	}})
	if err != nil {
		t.Fatalf("the address is still taken: %v", err)
	}
	_ = again.Close()
}
