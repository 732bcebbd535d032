package bucket

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"gocloud.dev/blob"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/internal/vault"
)

const (
	// Largest is the most bytes a document may have.
	Largest = 64 << 20
	// suffix ends the name of every object; the folder's files always had it.
	suffix = ".sealed"
	// overhead bounds what sealing adds.
	overhead = 1 << 10
	// longest name in bytes: file systems take 255 with what is added to it.
	longest = 200
)

// Bucket holds documents by name. Its methods may be called side by side.
type Bucket struct {
	blob   *blob.Bucket
	side   side
	vault  *vault.Vault
	prefix string
	limit  time.Duration
}

// side is what a folder and an S3 store do each in its own way.
type side interface {
	// writing prepares a write; settle is called after the last byte and before
	// the object gets its name, last when it has it.
	writing(o *blob.WriterOptions) (settle, last func() error)
	// pages lists raw keys; next is called until there are no more.
	pages() (next func(context.Context) (page []entry, more bool, err error), done func())
	// fault words an error of the blob package, without its text.
	fault(err error) *fault.Fault
	close()
}

// entry is one raw object of a listing.
type entry struct {
	key      string
	size     int64
	modified time.Time
}

func place(name string) vault.Place {
	return vault.Place{Table: "bucket", Column: "content", Row: name}
}

// plain reports whether a name may be a document's: a file name without
// folders, not hidden, the same on every side.
func plain(name string) bool {
	return name != "" && len(name) <= longest && name[0] != '.' && name == filepath.Base(name) &&
		utf8.ValidString(name) && !strings.ContainsFunc(name, unicode.IsControl) &&
		!strings.ContainsAny(name, `/\`) && !strings.Contains(name, "__0x") // the blob package's own escape
}

func (b *Bucket) key(op, name string) (string, error) {
	if !plain(name) {
		return "", &fault.Fault{Kind: fault.Defect, System: "bucket", Operation: op, Err: errors.New("a document's file name must be a plain name")}
	}
	return b.prefix + name + suffix, nil
}

// within runs one call under the bucket's time limit and makes its error a
// fault. What is a fault already stays as it is.
func (b *Bucket) within(ctx context.Context, op string, do func(context.Context) error) (err error) {
	ctx, cancel := context.WithTimeout(ctx, b.limit)
	defer cancel()
	defer func() {
		// An answer against the contract makes the S3 driver dereference nil.
		if recover() != nil {
			err = &fault.Fault{Kind: fault.Breach, System: "bucket", Operation: op, Hint: hintOwner, Err: errors.New("the store's answer could not be read")}
		}
	}()
	if err = ctx.Err(); err == nil {
		err = do(ctx)
	}
	if err == nil {
		return nil
	}
	f, ok := errors.AsType[*fault.Fault](err)
	if ok && f.System != "" {
		return err
	}
	if !ok {
		f = b.side.fault(err)
	}
	if late := ctx.Err(); late != nil && !errors.Is(f, ErrAbsent) {
		f = &fault.Fault{Kind: fault.Unavailable, Code: "timeout", Hint: hintSlow, Err: late}
		if errors.Is(late, context.Canceled) {
			f.Code, f.Hint = "cancelled", ""
		}
	}
	f.System, f.Operation = "bucket", op
	return f
}

// Put writes a document. When it returns nil the document is whole and
// durable; else the name holds what it held before, or the new content whole.
// Writing a name again replaces it whole.
func (b *Bucket) Put(ctx context.Context, name string, content []byte) error {
	key, err := b.key("put", name)
	if err != nil {
		return err
	}
	if len(content) > Largest {
		return &fault.Fault{
			Kind: fault.Rejected, System: "bucket", Operation: "put",
			Err: fmt.Errorf("the document has %d bytes, at most %d are kept", len(content), Largest),
		}
	}
	return b.within(ctx, "put", func(ctx context.Context) error {
		sealed, err := b.vault.Seal(content, place(name))
		if err != nil {
			return err
		}
		return b.write(ctx, key, sealed)
	})
}

func (b *Bucket) write(ctx context.Context, key string, raw []byte) error {
	ctx, cancel := context.WithCancel(ctx) // before Close it means: leave nothing
	defer cancel()
	o := &blob.WriterOptions{ContentType: "application/octet-stream"}
	settle, last := b.side.writing(o)
	w, err := b.blob.NewWriter(ctx, key, o)
	if err != nil {
		return err
	}
	if _, err = w.Write(raw); err == nil {
		err = settle()
	}
	if err != nil {
		cancel()
		_ = w.Close()
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return last()
}

// Get reads a document. Its error is ErrAbsent when there is none of this
// name, ErrDamaged when it was altered or belongs to another name.
func (b *Bucket) Get(ctx context.Context, name string) ([]byte, error) {
	key, err := b.key("get", name)
	if err != nil {
		return nil, err
	}
	var content []byte
	err = b.within(ctx, "get", func(ctx context.Context) error {
		sealed, err := b.read(ctx, key)
		if err != nil {
			return err
		}
		content, err = b.vault.Unseal(sealed, place(name))
		if fault.KindOf(err) == fault.Defect {
			return &fault.Fault{Kind: fault.Defect, Code: "damaged", Hint: hintRestore, Err: ErrDamaged}
		}
		return err
	})
	return content, err
}

func (b *Bucket) read(ctx context.Context, key string) ([]byte, error) {
	r, err := b.blob.NewReader(ctx, key, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }() // it was only read
	if r.Size() > Largest+overhead {
		return nil, &fault.Fault{Kind: fault.Defect, Code: "damaged", Hint: hintRestore, Err: ErrDamaged}
	}
	var raw bytes.Buffer
	if n := r.Size(); n > 0 {
		raw.Grow(int(n) + bytes.MinRead)
	}
	if _, err := raw.ReadFrom(io.LimitReader(r, Largest+overhead)); err != nil {
		return nil, err
	}
	return raw.Bytes(), nil
}

// Stat describes a document without reading it; ErrAbsent when there is none.
func (b *Bucket) Stat(ctx context.Context, name string) (Object, error) {
	key, err := b.key("stat", name)
	if err != nil {
		return Object{}, err
	}
	o := Object{Name: name}
	err = b.within(ctx, "stat", func(ctx context.Context) error {
		a, err := b.blob.Attributes(ctx, key)
		if err == nil {
			o.Size, o.Modified = a.Size, a.ModTime
		}
		return err
	})
	return o, err
}

// Owns reports whether an object opens with our keys as the document of its
// name: what does not is damaged, or not ours.
func (b *Bucket) Owns(ctx context.Context, name string) (bool, error) {
	_, err := b.Get(ctx, name)
	if f, ok := errors.AsType[*fault.Fault](err); ok && (f.System == "vault" || errors.Is(err, ErrDamaged)) {
		return false, nil
	}
	return err == nil, err
}

// Remove deletes a document for good. One that is gone already is no error.
func (b *Bucket) Remove(ctx context.Context, name string) error {
	key, err := b.key("remove", name)
	if err != nil {
		return err
	}
	return b.remove(ctx, "remove", key)
}

func (b *Bucket) remove(ctx context.Context, op, key string) error {
	err := b.within(ctx, op, func(ctx context.Context) error { return b.blob.Delete(ctx, key) })
	if errors.Is(err, ErrAbsent) {
		return nil
	}
	return err
}

// Close gives the bucket's connections back.
func (b *Bucket) Close() error {
	b.side.close()
	return b.blob.Close()
}
