package bucket

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
)

// probePrefix begins the name of a probe's object: hidden, so never a
// document's.
const probePrefix = ".probe-"

const probeCleanup = 3 * time.Second

// Probe writes a small object, reads it back and removes it. It leaves nothing,
// unless the process dies in its middle: that, RemoveLeftovers clears. It costs
// some requests: ask every ten seconds at most.
func (b *Bucket) Probe(ctx context.Context) error {
	key, content := b.prefix+probePrefix+rand.Text(), []byte(rand.Text())
	err := b.within(ctx, "probe", func(ctx context.Context) error {
		if err := b.write(ctx, key, content); err != nil {
			return err
		}
		got, err := b.read(ctx, key)
		if err == nil && !bytes.Equal(got, content) {
			err = &fault.Fault{Kind: fault.Breach, Hint: hintOwner, Err: errors.New("the bucket gives back other bytes than were written")}
		}
		return err
	})
	// A write that was not acknowledged may have happened all the same. Who asks
	// for readiness waits a little for it, not long.
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeCleanup)
	defer cancel()
	gone := b.remove(after, "probe", key)
	if err == nil {
		err = gone
	}
	return err
}

// RemoveLeftovers removes what interrupted writes and probes left before a
// time, and returns how much that is; with dry it only counts.
func (b *Bucket) RemoveLeftovers(ctx context.Context, before time.Time, dry bool) (int, error) {
	n := 0
	err := b.walk(ctx, "clean", func(page []entry) error {
		for _, e := range page {
			if !leftover(e.key) || !e.modified.Before(before) {
				continue
			}
			n++
			if dry {
				continue
			}
			if err := b.remove(ctx, "clean", b.prefix+e.key); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

// leftover knows the temporary files of the blob package (name.sealed.*.tmp)
// and of the hubs before it (.new-*), and the objects of probes.
func leftover(key string) bool {
	return strings.HasPrefix(key, ".new-") || strings.HasPrefix(key, probePrefix) ||
		strings.HasSuffix(key, ".tmp") && strings.Contains(key, suffix+".")
}
