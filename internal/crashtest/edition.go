package crashtest

import "time"

// Edition is what differs between the editions of the hub.
type Edition struct {
	Name      string   // embedded, distributed
	Processes int      // hub processes over one store
	Env       []string // what makes a hub process one of this edition
	StoreURL  string   // of PostgreSQL; empty: SQLite in the data folder
	Lease     time.Duration
	Services  []Service // what the processes stand on and may lose
	// FillDisk takes the store's room on the disk away until the returned function
	// gives it back. Nil: the processes write the store's files themselves.
	FillDisk func() (func() error, error)
	Broker   *Broker // where events are published; nil: over HTTP only
}

// Service is a program that the hub stands on. Killed is kill -9.
type Service struct {
	Name  string
	Kill  func() error
	Start func() error // returns when it answers
}

// Embedded is the hub alone: SQLite in the data folder, one process.
func Embedded() Edition { return Edition{Name: "embedded", Processes: 1, Lease: 30 * time.Second} }

// Distributed reports whether several processes may share the work.
func (e Edition) Distributed() bool { return e.Name == "distributed" }
