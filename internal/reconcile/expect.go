package reconcile

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// checkList holds the list of applications, when there is one, against its hash.
func (l *Ledger) checkList() error {
	if l.Accepted.List == nil {
		return nil
	}
	sum := sha256.New()
	for _, line := range l.Accepted.List {
		sum.Write([]byte(line + "\n"))
	}
	if hex.EncodeToString(sum.Sum(nil)) != l.Accepted.SHA256 || len(l.Accepted.List) != l.Accepted.Count {
		return fmt.Errorf("%w: its list of applications does not fit", ErrNotGenuine)
	}
	return nil
}

// Missing returns which of these applications the ledger does not have, each
// once, in their order. The ledger must have been made with its list.
func (l *Ledger) Missing(ids []string) ([]string, error) {
	if l.Accepted.List == nil && l.Accepted.Count > 0 {
		return nil, errors.New("this ledger does not list its applications: make it with --ids")
	}
	have := make(map[string]bool, len(l.Accepted.List))
	for _, line := range l.Accepted.List {
		id, _, _ := strings.Cut(line, " ")
		have[id] = true
	}
	var missing []string
	for _, id := range ids {
		if !have[id] {
			have[id] = true
			missing = append(missing, id)
		}
	}
	return missing, nil
}

// Lines reads ids, one a line; empty lines are passed over.
func Lines(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}
