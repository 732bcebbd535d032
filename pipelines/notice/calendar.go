package notice

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/queue"
)

// StageCalendar brings what a day of the calendar or a deadline brings.
const StageCalendar = "notice.calendar"

// When notices of the calendar begin to go out, local time. Whoever works at the
// polls gets the one of election day before they open.
const (
	usualHour = 9
	earlyHour = 7
	early     = "election-day"
)

// nearing is how long before a deadline its notice goes out.
const nearing = 24 * time.Hour

// sendings are the days on which a notice of the calendar goes out in an election.
// Notice 49 goes out on the eve and on the day itself.
func (n *Notices) sendings(kind catalogue.Notice, e dossier.Election) []civil.Date {
	day, ok := n.Catalogue.Day(kind.Day, e.Day, e.Calendar)
	if !ok {
		return nil
	}
	out := []civil.Date{day.AddDays(kind.Shift)}
	if kind.ID == early {
		out = []civil.Date{day.AddDays(-1), day}
	}
	return out
}

func hourOf(id string) int {
	if id == early {
		return earlyHour
	}
	return usualHour
}

// Schedule makes the jobs of the elections' days that are to come; those that
// exist stay. A day that is moved gets a job of its own, and the one of the day it
// was does nothing.
func (n *Notices) Schedule(ctx context.Context, tx queue.Tx, elections ...dossier.Election) error {
	var jobs []queue.New
	now := n.Now()
	for _, e := range elections {
		for _, id := range n.Catalogue.NoticeIDs() {
			kind, _ := n.Catalogue.Notice(id)
			if kind.Day == "" || len(kind.Roles) == 0 {
				continue
			}
			for _, day := range n.sendings(kind, e) {
				due := day.Start().Add(time.Duration(hourOf(id)) * time.Hour)
				if !due.After(now) {
					continue
				}
				ref := strings.Join([]string{"day", e.ID, id, day.String()}, " ")
				jobs = append(jobs, queue.New{Stage: StageCalendar, Ref: ref, Key: "calendar:" + ref, Priority: bulk, DueAt: due})
			}
		}
	}
	if len(jobs) == 0 {
		return nil
	}
	return tx.Enqueue(ctx, jobs...)
}

// deadlineJob looks after an application's deadline.
func deadlineJob(application, act, at string, due time.Time) queue.New {
	return queue.New{
		Application: application, Stage: StageCalendar, Ref: act + " " + application, Key: "calendar:" + act + ":" + application + ":" + at,
		Priority: ordinary, DueAt: due,
	}
}

// Deadlines are the jobs that tell of an application's deadlines when they are
// near: that of correcting what was returned, or that of deciding. Notices on
// "submitted" and "returned" bring them by themselves.
func (n *Notices) Deadlines(a dossier.Application) []queue.New {
	act, due := "due_soon", time.Time{}
	switch {
	case a.State == dossier.Returned:
		act, due = "fix_soon", a.ReturnDue
	case !a.DecideBy.IsZero():
		due = a.DecideBy.AddDays(1).Start()
	}
	if due.IsZero() {
		return nil
	}
	return []queue.New{deadlineJob(a.ID, act, fmt.Sprint(due.UnixMilli()), due.Add(-nearing))}
}

// Calendar is the handler of StageCalendar.
func (n *Notices) Calendar(ctx context.Context, j queue.Job, _ queue.Keeper) (queue.Effect, error) {
	parts := strings.Fields(j.Ref)
	switch {
	case len(parts) == 4 && parts[0] == "day":
		return n.dayCame(ctx, parts[1], parts[2], parts[3])
	case len(parts) == 2:
		return n.deadline(ctx, parts[0], parts[1])
	}
	return nil, fmt.Errorf("a job of the calendar about %q", j.Ref)
}

// dayCame begins the mailing of a day, unless the day was moved or is over.
func (n *Notices) dayCame(ctx context.Context, election, id, day string) (queue.Effect, error) {
	e, ok, err := n.Store.Election(ctx, election)
	if err != nil || !ok {
		return nil, err
	}
	kind, ok := n.Catalogue.Notice(id)
	want, err := civil.Parse(day)
	if err != nil || !ok || !slices.Contains(n.sendings(kind, e), want) || civil.Of(n.Now()).Compare(want) > 0 {
		return nil, err
	}
	m, err := n.Prepare(ctx, Mailing{
		Key: "calendar:" + election + ":" + id + ":" + day, Election: election, Notice: id, Audience: Audience{Roles: kind.Roles}, Actor: hub,
	})
	if err != nil {
		return nil, err
	}
	return queue.In(func(ctx context.Context, tx Tx) error {
		_, err := n.Begin(ctx, tx, m)
		return err
	}), nil
}

// deadline tells of a deadline that is near, or waits until it is. What was done
// with the application meanwhile may have ended or moved it.
func (n *Notices) deadline(ctx context.Context, act, application string) (queue.Effect, error) {
	a, err := n.Store.Application(ctx, application)
	if err != nil {
		return nil, err
	}
	states := map[string][]dossier.State{
		"fix_soon": {dossier.Returned},
		"due_soon": {dossier.Submitted, dossier.Checking, dossier.DossierReady, dossier.Deciding},
	}[act]
	jobs := n.Deadlines(a)
	if !slices.Contains(states, a.State) || len(jobs) == 0 {
		return nil, nil
	}
	now := n.Now()
	due := jobs[0].DueAt.Add(nearing)
	switch {
	case !now.Before(due):
		return nil, nil
	case now.Before(jobs[0].DueAt):
		return queue.In(func(ctx context.Context, tx Tx) error { return tx.Enqueue(ctx, jobs...) }), nil
	}
	return n.Act(ctx, a, act, nil, nil, fmt.Sprintf("%s:%d", a.ID, due.UnixMilli()))
}
