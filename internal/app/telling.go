package app

import (
	"context"
	"time"

	"github.com/saylovhub/hub/internal/config"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/notice"
	"github.com/saylovhub/hub/pipelines/webhook"
)

// webhooks makes what posts events to others; the configuration was judged before.
func (a *App) webhooks(limit time.Duration) *webhook.Hooks {
	private, _ := config.Prefixes(a.cfg.Webhooks.AllowPrivate)
	rules := webhook.Rules{HTTPHosts: a.cfg.Webhooks.AllowHTTPHosts, Private: private}
	h := &webhook.Hooks{Store: a.store, Rules: rules, Limit: limit, Feed: &a.feed, Now: a.now, Log: a.log, Agent: "saylovhub/" + a.version}
	a.closers = append(a.closers, func() error { h.Close(); return nil })
	return h
}

// documentTitle is how the documents of a template are called in a language.
func (a *App) documentTitle(template, lang string) string {
	t, ok := a.templates.Get(template)
	if !ok {
		return ""
	}
	if title := t.Manifest.Titles[lang]; title != "" {
		return title
	}
	return t.Title
}

// schedule makes the jobs of the days to come, for elections that lack them.
func (a *App) schedule(ctx context.Context, n *notice.Notices) error {
	list, err := a.store.VotesAfter(ctx, a.now().Add(-30*24*time.Hour))
	if err != nil || len(list) == 0 {
		return err
	}
	return a.store.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return n.Schedule(ctx, tx, list...) })
}
