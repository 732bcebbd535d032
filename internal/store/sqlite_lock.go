package store

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// ErrInUse means another hub holds the database.
var ErrInUse = errors.New("another hub already works on this database")

// takeLock locks a file for this process; the kernel lets go of it when the
// process dies, however it dies.
func takeLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the lock file: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		who, _ := os.ReadFile(path) // only for the message
		_ = f.Close()
		if pid := strings.TrimSpace(string(who)); pid != "" {
			return nil, fmt.Errorf("%w (process %s): stop it first, or use another data folder", ErrInUse, pid)
		}
		return nil, fmt.Errorf("%w: stop it first, or use another data folder", ErrInUse)
	}
	if err := f.Truncate(0); err == nil {
		_, err = fmt.Fprintf(f, "%d\n", os.Getpid())
		if err == nil {
			return f, nil
		}
	}
	_ = f.Close()
	return nil, errors.New("writing the lock file: is the disk full?")
}
