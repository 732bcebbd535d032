//go:build !linux

package process

import (
	"os/exec"
	"time"
)

// Supported says whether the browser can be confined here: elsewhere than on
// Linux the hub builds and runs, but prints nothing, since the browser could not
// be confined and its sandbox not be proved.
const Supported = false

func confine(*exec.Cmd, int, int, string) {}
func awaitGroupEnd(int, time.Duration)    {}
func giveTo(string, int, int) error       { return nil }
func hold(string) (func(), error)         { return func() {}, nil }
func sweep(time.Time)                     {}
func shmIsRoomy() bool                    { return false }

// Members lists nothing here.
func Members(int) []Member { return nil }

// Memory measures nothing here.
func Memory(int) Usage { return Usage{} }
