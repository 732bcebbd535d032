package config

import (
	"strings"
	"time"

	"github.com/saylovhub/hub/pipelines/queue"
)

// Policy bounds retries; empty fields leave what is set otherwise.
type Policy struct {
	Attempts     int      `yaml:"attempts"`
	Limit        Duration `yaml:"limit"`
	Base         Duration `yaml:"base"`
	Cap          Duration `yaml:"cap"`
	PendingBase  Duration `yaml:"pending_base"`
	PendingCap   Duration `yaml:"pending_cap"`
	BreachDelay  Duration `yaml:"breach_delay"`
	StoppedDelay Duration `yaml:"stopped_delay"`
	ThrottleCap  Duration `yaml:"throttle_cap"`
}

// over returns base with what p sets.
func (p Policy) over(base Policy) Policy {
	set(&base.Attempts, p.Attempts)
	set(&base.Limit, p.Limit)
	set(&base.Base, p.Base)
	set(&base.Cap, p.Cap)
	set(&base.PendingBase, p.PendingBase)
	set(&base.PendingCap, p.PendingCap)
	set(&base.BreachDelay, p.BreachDelay)
	set(&base.StoppedDelay, p.StoppedDelay)
	set(&base.ThrottleCap, p.ThrottleCap)
	return base
}

func (p Policy) negative() bool {
	return p.Attempts < 0 || min(p.Limit, p.Base, p.Cap, p.PendingBase, p.PendingCap, p.BreachDelay, p.StoppedDelay, p.ThrottleCap) < 0
}

// defaultOf is a stage's policy when nothing is configured. A telephone may be
// off for a day: asking what became of an SMS is spread over it.
func defaultOf(stage string) queue.Policy {
	p := queue.DefaultPolicy()
	if strings.HasPrefix(stage, "notice.ask.") {
		p.PendingBase, p.PendingCap = time.Minute, time.Hour
	}
	return p
}

// PolicyOf is a stage's retry policy: its default, then retry, then the stage's own.
func (c Config) PolicyOf(stage string) queue.Policy {
	p, o := defaultOf(stage), c.Stages[stage].Retry.over(c.Retry)
	set(&p.Attempts, o.Attempts)
	set(&p.Limit, time.Duration(o.Limit))
	set(&p.Base, time.Duration(o.Base))
	set(&p.Cap, time.Duration(o.Cap))
	set(&p.PendingBase, time.Duration(o.PendingBase))
	set(&p.PendingCap, time.Duration(o.PendingCap))
	set(&p.BreachDelay, time.Duration(o.BreachDelay))
	set(&p.StoppedDelay, time.Duration(o.StoppedDelay))
	set(&p.ThrottleCap, time.Duration(o.ThrottleCap))
	return p
}

// WorkersOf is a stage's number of handlers: its own, or the default given.
func (c Config) WorkersOf(stage string, fallback int) int {
	set(&fallback, c.Stages[stage].Workers)
	return fallback
}

func set[T comparable](to *T, v T) {
	var zero T
	if v != zero {
		*to = v
	}
}
