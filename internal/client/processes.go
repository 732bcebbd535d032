package client

import (
	"context"
	"net/http"
	"time"
)

// Process is one hub process on the hub's database.
type Process struct {
	ID        string    `json:"id"`
	Host      string    `json:"host"`
	PID       int       `json:"pid"`
	Address   string    `json:"address"`
	Version   string    `json:"version"`
	StartedAt time.Time `json:"started_at"`
	SeenAt    time.Time `json:"seen_at"`
	Here      bool      `json:"here"` // it is the one that answered
}

// Processes lists the processes that were seen lately, the oldest first.
func (c *Client) Processes(ctx context.Context) ([]Process, error) {
	var out struct {
		Processes []Process `json:"processes"`
	}
	return out.Processes, c.do(ctx, http.MethodGet, "/v1/processes", "", nil, &out)
}
