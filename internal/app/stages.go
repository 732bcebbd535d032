package app

import (
	"fmt"
	"runtime"
	"slices"

	"github.com/saylovhub/hub/connectors/sms"
	"github.com/saylovhub/hub/pipelines/checks"
	"github.com/saylovhub/hub/pipelines/decision"
	"github.com/saylovhub/hub/pipelines/intake"
	"github.com/saylovhub/hub/pipelines/issuing"
	"github.com/saylovhub/hub/pipelines/login"
	"github.com/saylovhub/hub/pipelines/notice"
	"github.com/saylovhub/hub/pipelines/queue"
)

// stages is the list of all stages there are.
func (a *App) stages(in *intake.Intake, c *checks.Checks, d *decision.Decisions, is *issuing.Issuing, n *notice.Notices, l *login.Login) ([]queue.Stage, error) {
	list := []queue.Stage{
		{Name: checks.StageScatter, Workers: 2, Handle: c.ScatterChunk},
		{Name: checks.StageDeadline, Workers: 1, Handle: c.AtDeadline},
		{Name: checks.StageAssess, Workers: 4, Handle: c.Assess},
		{Name: checks.StageWhole, Workers: 2, Handle: c.Whole},
		{Name: decision.StageVerify, Workers: 4, Handle: d.Verify},
		{Name: issuing.StageReserve, Workers: 2, Handle: is.Reserve},
		{Name: issuing.StageRender, Workers: max(2, runtime.NumCPU()), Handle: is.Render},
	}
	list = append(list, n.Stages(func(provider, operation string) func() queue.Gate {
		return a.outside.gate(provider, map[string]string{"send": sms.EskizSend, "ask": sms.EskizStatus}[operation])
	})...)
	list = append(list, in.Stages()...)
	list = append(list, l.Stages()...)
	list = append(list, a.hooks.Stage())
	for _, r := range a.outside.registers {
		for i, op := range r.Operations {
			list = append(list, queue.Stage{
				Name: checks.StageOf(r.ID, op.ID), Workers: 8, Handle: c.Ask(r, i), GiveUp: c.GaveUp(r),
				Gate: a.outside.gate(r.System, string(r.ID)+"."+op.ID),
			})
		}
	}
	for name := range a.cfg.Stages {
		if !slices.ContainsFunc(list, func(s queue.Stage) bool { return s.Name == name }) {
			return nil, fmt.Errorf("stages.%s: no such stage", name)
		}
	}
	for i := range list {
		list[i].Policy = a.cfg.PolicyOf(list[i].Name)
		list[i].Workers = a.cfg.WorkersOf(list[i].Name, list[i].Workers)
	}
	return list, nil
}
