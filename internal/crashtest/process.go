package crashtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// raceExit is the exit code of a program whose race detector found something.
const raceExit = 66

// Process is one hub process. It can be killed and started again on the same
// data and the same address.
type Process struct {
	Name    string
	Address string // host:port
	program string
	args    []string
	env     []string
	log     *journal

	mu    sync.Mutex
	cmd   *exec.Cmd
	ended chan struct{} // closed when the present life is over
	asked bool          // we ended it
	exit  error         // how it ended, readable when ended is closed
	kills int
	lives int
	odd   []string    // what it did that it should not
	held  atomic.Bool // stopped by Hang: callers leave it alone
}

// URL is where its API is.
func (p *Process) URL() string { return "http://" + p.Address }

// Launch starts the process and does not wait for it to answer.
func (p *Process) Launch() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil {
		return fmt.Errorf("%s runs already", p.Name)
	}
	cmd := exec.CommandContext(context.Background(), p.program, p.args...) //nolint:gosec // the test's own binary
	cmd.Env = append(os.Environ(), p.env...)
	cmd.Stdout, cmd.Stderr = p.log, p.log // a pipe: what it logs is not subject to limits on its files
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting %s: %w", p.Name, err)
	}
	ended := make(chan struct{})
	p.cmd, p.ended, p.asked = cmd, ended, false
	p.lives++
	go func() {
		err := cmd.Wait()
		p.mu.Lock()
		defer p.mu.Unlock()
		p.exit, p.cmd = err, nil
		switch {
		case cmd.ProcessState.ExitCode() == raceExit:
			p.odd = append(p.odd, p.Name+" ended with a data race")
		case !p.asked:
			p.odd = append(p.odd, fmt.Sprintf("%s ended by itself: %v", p.Name, err))
		}
		close(ended)
	}()
	return nil
}

// Ready waits until the process answers.
func (p *Process) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 90*time.Second)
	defer cancel()
	ended := p.over()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if p.answers(ctx) {
			return nil
		}
		select {
		case <-ended:
			return fmt.Errorf("%s ended by itself", p.Name)
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer: %w", p.Name, ctx.Err())
		case <-tick.C:
		}
	}
}

func (p *Process) answers(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL()+"/readyz", nil)
	if err != nil {
		return false
	}
	resp, err := probes.Do(req)
	if err != nil {
		return false
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// probes asks over a new connection each time: one that was open says nothing
// about the present life.
var probes = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// Start launches the process and waits until it answers.
func (p *Process) Start(ctx context.Context) error {
	if err := p.Launch(); err != nil { //nolint:contextcheck // it outlives whoever starts it
		return err
	}
	return p.Ready(ctx)
}

// over is closed when the present life is over.
func (p *Process) over() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended == nil {
		p.ended = make(chan struct{})
		close(p.ended)
	}
	return p.ended
}

// Kill is kill -9; it returns when the process is gone, false when it was not
// there.
func (p *Process) Kill() bool {
	p.mu.Lock()
	alive := p.cmd != nil
	if alive {
		p.asked = true
		p.kills++
		_ = p.cmd.Process.Kill() // it may have ended by itself
	}
	p.mu.Unlock()
	<-p.over()
	return alive
}

// Stop asks the process to end and waits until it did, in order.
func (p *Process) Stop(ctx context.Context) error {
	p.mu.Lock()
	if p.cmd == nil {
		p.mu.Unlock()
		return fmt.Errorf("%s does not run", p.Name)
	}
	p.asked = true
	err := p.cmd.Process.Signal(syscall.SIGTERM)
	p.mu.Unlock()
	if err != nil {
		return fmt.Errorf("ending %s: %w", p.Name, err)
	}
	select {
	case <-p.over():
	case <-ctx.Done():
		return fmt.Errorf("%s does not end: %w", p.Name, ctx.Err())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.exit != nil {
		return fmt.Errorf("%s ended badly: %w", p.Name, p.exit)
	}
	return nil
}

// Signal sends a signal, SIGSTOP and SIGCONT for one.
func (p *Process) Signal(s syscall.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return fmt.Errorf("%s does not run", p.Name)
	}
	return p.cmd.Process.Signal(s)
}

// Hang stops the process in the middle of whatever it does (SIGSTOP).
func (p *Process) Hang() error {
	p.held.Store(true)
	return p.Signal(syscall.SIGSTOP)
}

// Wake lets it go on (SIGCONT).
func (p *Process) Wake() error {
	p.held.Store(false)
	return p.Signal(syscall.SIGCONT)
}

// PID is the process id, 0 when it does not run.
func (p *Process) PID() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return 0
	}
	return p.cmd.Process.Pid
}

// Running reports whether there is a process; it need not answer yet.
func (p *Process) Running() bool { return p.PID() != 0 }

// Lives is how often the process was started.
func (p *Process) Lives() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lives
}

// Kills is how often Kill met a living process.
func (p *Process) Kills() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.kills
}

// Odd tells what the process did that no hub may do: end by itself, race, panic.
func (p *Process) Odd() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append(append([]string{}, p.odd...), p.log.odd()...)
}

// journal collects what all lives of a process print.
type journal struct {
	mu   sync.Mutex
	file *os.File
	tail []byte // of the last line, not ended yet
	bad  []string
	keep []byte // the latest output
}

// kept bounds what a failing test shows of a process.
const kept = 64 << 10

// alarms are what no process may print.
var alarms = []string{"DATA RACE", "panic", "fatal error:", "SIGXFSZ"}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.tail = append(j.tail, b...)
	for {
		line, rest, found := bytes.Cut(j.tail, []byte("\n"))
		if !found {
			break
		}
		for _, a := range alarms {
			if bytes.Contains(line, []byte(a)) && len(j.bad) < 10 {
				j.bad = append(j.bad, string(line[:min(len(line), 300)]))
				break
			}
		}
		j.tail = rest
	}
	if j.keep = append(j.keep, b...); len(j.keep) > 2*kept {
		j.keep = append(j.keep[:0], j.keep[len(j.keep)-kept:]...)
	}
	if j.file != nil {
		if _, err := j.file.Write(b); err != nil {
			return 0, errors.Join(errors.New("keeping a log"), err)
		}
	}
	return len(b), nil
}

func (j *journal) odd() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]string{}, j.bad...)
}

// Latest is the end of what was printed.
func (j *journal) Latest() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.ToValidUTF8(string(j.keep[max(0, len(j.keep)-kept):]), "?")
}
