package app

import (
	"os"
	"runtime/debug"
)

const (
	gcPercent   = 400
	memoryLimit = 1 << 30
)

// TuneMemory lets the process that serves collect garbage less often: with two
// cores each collection is felt by whoever waits for an answer. Up to a gigabyte
// memory is the cheaper of the two; beyond it collections come as often as they
// must. GOGC and GOMEMLIMIT say otherwise.
func TuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}
