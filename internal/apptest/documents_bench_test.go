package apptest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/saylovhub/hub/internal/app"
	"github.com/saylovhub/hub/internal/apptest"
	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/internal/config"
	"github.com/saylovhub/hub/renderer/chrome"
	"github.com/saylovhub/hub/renderer/chrome/floor"
	"github.com/saylovhub/hub/templates"
)

// BenchmarkDocuments measures a document from the request over HTTP to the PDF in
// the answer: validated, its number reserved, printed, proved, finished, sealed,
// stored, issued. One caller, one browser. Beside it, in the same run and in turns,
// the floor (the same page printed bare in a warm tab: no guard, no proof, no
// number, nothing stored), the floor after a rest as long as what the hub does
// besides (a browser that rested is slower), and the naive way (a new tab for each
// document).
func BenchmarkDocuments(b *testing.B) {
	app.TuneMemory() // as the hub that serves does
	h := apptest.Start(b, apptest.Configure(func(c *config.Config) {
		c.Chrome.Workers = 1
		c.Log.Level = "error"
	}))
	key, err := h.Admin.CreateKey(b.Context(), "registrar", h.TEC.ID, "documents:issue", "documents:read")
	if err != nil {
		b.Fatal(err)
	}
	// A plain client: the tests' own checks every answer against the contract.
	transport := &http.Transport{MaxIdleConnsPerHost: 4}
	b.Cleanup(transport.CloseIdleConnections)
	caller := client.New(h.URL, key)
	caller.HTTP = &http.Client{Transport: transport}
	chromium, err := floor.Start(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(chromium.Close)
	set, err := templates.Load(templates.Options{})
	if err != nil {
		b.Fatal(err)
	}
	election := h.Election(b)
	for _, c := range []struct {
		name, template, sample string
		rounds, each           int
	}{
		{"mandate", "observer-party", "sample", 10, 30},
		{"protocol", "protocol-precinct", "sample-many", 8, 12},
	} {
		b.Run(c.name, func(b *testing.B) {
			t, _ := set.Get(c.template)
			data, language := t.SampleNamed(c.sample)
			body, err := t.Body(language, data)
			if err != nil {
				b.Fatal(err)
			}
			page := chrome.Page{
				Name: c.template, Shell: t.Shell(), Body: body, ID: "bench", Title: t.Title, Lang: language, WidthMM: t.WidthMM, HeightMM: t.HeightMM, Tagged: t.Tagged,
			}
			order := client.Order{Template: c.template, Election: election, Commission: h.TEC.ID, Data: without(b, data, "number", "qr", "issued", "commission")}
			ways := []struct {
				name string
				do   func() error
			}{
				{"hub", func() error { _, _, err := caller.IssuePDF(b.Context(), "", order); return err }},
				{"floor", func() error { _, err := chromium.Bare(page); return err }},
				{"rested", func() error { _, err := chromium.Bare(page); return err }},
				{"naive", func() error { _, err := chromium.Naive(page); return err }},
			}
			took := map[string][]time.Duration{}
			for round := range c.rounds {
				for i := range ways {
					way := ways[(round+i)%len(ways)]
					n := c.each
					if way.name == "naive" {
						n = max(1, n/6)
					}
					for k := range n + 1 {
						if way.name == "rested" {
							<-time.After(8 * time.Millisecond)
						}
						began := time.Now()
						if err := way.do(); err != nil {
							b.Fatal(way.name, err)
						}
						if k > 0 || round > 0 { // the first opens its tab
							took[way.name] = append(took[way.name], time.Since(began))
						}
					}
				}
			}
			at := func(way string, q float64) float64 {
				list := slices.Sorted(slices.Values(took[way]))
				return float64(list[int(q*float64(len(list)-1))]) / float64(time.Millisecond)
			}
			b.ReportMetric(0, "ns/op") // the rounds are what is measured
			for _, way := range ways {
				b.ReportMetric(at(way.name, .5), "p50-"+way.name+"-ms")
			}
			b.ReportMetric(at("hub", .99), "p99-hub-ms")
			b.ReportMetric(at("floor", .5)/at("hub", .5), "of-floor")
			b.ReportMetric(at("rested", .5)/at("hub", .5), "of-rested")
			b.ReportMetric(at("naive", .5)/at("hub", .5), "naive/hub")
		})
	}
}

// without is data without some of its fields.
func without(b *testing.B, data []byte, fields ...string) json.RawMessage {
	b.Helper()
	var m map[string]any
	if err := json.Unmarshal(data, &m); err != nil {
		b.Fatal(err)
	}
	for _, f := range fields {
		delete(m, f)
	}
	raw, err := json.Marshal(m)
	if err != nil {
		b.Fatal(fmt.Errorf("writing data: %w", err))
	}
	return raw
}
