package crashtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"
)

// Kills says how often processes are killed, and in what time.
type Kills struct {
	Seed   uint64
	N      int
	Within time.Duration
	Down   time.Duration // how long a service is down
}

// Moments are the n moments, in order: random, the same for a seed.
func (k Kills) moments() []time.Duration {
	rng := rand.New(rand.NewPCG(k.Seed, 99)) //nolint:gosec // repeatable
	out := make([]time.Duration, k.N)
	for i := range out {
		out[i] = time.Duration(rng.Int64N(int64(k.Within)))
	}
	slices.Sort(out)
	return out
}

// Kill kills processes with kill -9 at random moments and starts them again at
// once. One kill in four comes wherever the process is, start-up included; the
// others wait until it answers, or a busy machine would see nothing but
// start-ups. Services are killed one after another in the middle. It returns how
// often it killed.
func (w *World) Kill(ctx context.Context, k Kills) (int, error) {
	began := time.Now()
	serviced := make(chan error, 1)
	go func() { serviced <- w.killServices(ctx, k) }()
	rng := rand.New(rand.NewPCG(k.Seed, 98)) //nolint:gosec // repeatable
	kills := 0
	for _, at := range k.moments() {
		select {
		case <-time.After(time.Until(began.Add(at))):
		case <-ctx.Done():
			return kills, ctx.Err()
		}
		p := w.Processes[rng.IntN(len(w.Processes))]
		if rng.IntN(4) > 0 {
			if err := p.Ready(ctx); err != nil {
				return kills, err
			}
		}
		if !p.Kill() {
			return kills, fmt.Errorf("%s was to be killed and had ended by itself", p.Name)
		}
		kills++
		if err := p.Launch(); err != nil { //nolint:contextcheck // it outlives whoever starts it
			return kills, err
		}
	}
	if err := <-serviced; err != nil {
		return kills, err
	}
	for _, p := range w.Processes {
		if err := p.Ready(ctx); err != nil {
			return kills, err
		}
	}
	return kills, nil
}

func (w *World) killServices(ctx context.Context, k Kills) error {
	for i, s := range w.Edition.Services {
		at := k.Within * time.Duration(i+1) / time.Duration(len(w.Edition.Services)+1)
		if i > 0 {
			at = k.Within / time.Duration(len(w.Edition.Services)+1) // from the last one on
		}
		for _, step := range []struct {
			wait time.Duration
			do   func() error
		}{{at, s.Kill}, {k.Down, s.Start}} {
			select {
			case <-time.After(step.wait):
			case <-ctx.Done():
				return ctx.Err()
			}
			if err := step.do(); err != nil {
				return fmt.Errorf("%s: %w", s.Name, err)
			}
		}
	}
	return nil
}

// Seed reads a seed, or draws one where the text is empty.
func Seed(text string) (uint64, error) {
	if text == "" {
		return rand.Uint64N(1 << 32), nil //nolint:gosec // it is printed
	}
	return strconv.ParseUint(text, 10, 64)
}
