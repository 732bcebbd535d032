package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"
)

// stream is the way over HTTP: server-sent events, no broker needed.
type stream struct {
	URL, Key string
}

// follow handles events until ctx ends. It begins behind what the book has, also
// when it comes back.
func (s stream) follow(ctx context.Context, k *book) error {
	for {
		err := s.read(ctx, k)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		fmt.Fprintln(os.Stderr, "subscriber: once more:", err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

// silence ends a connection on which not even the signs of life come.
const silence = 45 * time.Second

func (s stream) read(ctx context.Context, k *book) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	still := time.AfterFunc(silence, cancel)
	defer still.Stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/v1/events", nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+s.Key)
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Last-Event-ID", fmt.Sprint(k.position))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the hub answered %s", resp.Status)
	}
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		still.Reset(silence)
		// The data is one line and holds the position, so the other fields can be
		// left alone.
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			if err := k.handle([]byte(data)); err != nil {
				return err
			}
		}
	}
	return lines.Err()
}
