//go:build !linux

package chrome

import (
	"os/exec"
	"time"
)

// supported: elsewhere the hub builds and runs, but prints nothing, since the
// browser could not be confined and its sandbox not be proved.
const supported = false

type process struct {
	pid     int
	kind    string
	uid     int
	seccomp int
}

func confine(*exec.Cmd, int, int, string) {}
func awaitGroupEnd(int, time.Duration)    {}
func giveTo(string, int, int) error       { return nil }
func hold(string) (func(), error)         { return func() {}, nil }
func sweep(time.Time)                     {}
func shmIsRoomy() bool                    { return false }
func group(int) []process                 { return nil }
