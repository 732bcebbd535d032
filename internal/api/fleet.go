package api

import (
	"context"
	"net/http"
	"time"

	"github.com/saylovhub/hub/internal/store"
)

// Fleet knows the hub processes on the database.
type Fleet interface {
	Processes(ctx context.Context) ([]store.Process, error)
	Self() store.Process
}

// processView is one hub process.
type processView struct {
	ID        string    `json:"id"`
	Host      string    `json:"host"`
	PID       int       `json:"pid"`
	Address   string    `json:"address"`
	Version   string    `json:"version"`
	StartedAt time.Time `json:"started_at"`
	SeenAt    time.Time `json:"seen_at"`
	Here      bool      `json:"here"`
}

func (s *server) listProcesses(_ http.ResponseWriter, r *request) (int, any, error) {
	if err := everybodys(r); err != nil {
		return 0, nil, err
	}
	list, err := s.Fleet.Processes(r.Context())
	if err != nil {
		return 0, nil, err
	}
	out := make([]processView, 0, len(list))
	for _, p := range list {
		out = append(out, processView{
			ID: p.ID, Host: p.Host, PID: p.PID, Address: p.Address, Version: p.Version, StartedAt: p.StartedAt.UTC(), SeenAt: p.SeenAt.UTC(),
			Here: p.ID == s.Fleet.Self().ID,
		})
	}
	return http.StatusOK, map[string]any{"processes": out}, nil
}
