package bucket

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/gcerrors"

	"github.com/saylovhub/hub/contracts/fault"
)

// pageSize is how many objects a page of a listing has at most.
const pageSize = 1000

// folder is the side of a local folder. The blob package writes to a temporary
// file beside the final name and renames it, but leaves its bytes to the
// kernel: here they are put on disk before the rename, and the rename after it.
// A call to the disk cannot be broken off: a dead disk holds its callers.
type folder struct {
	dir  string
	sync func(*os.File) error // fsync; a test watches it
}

func openFolder(dir string) (*blob.Bucket, *folder, error) {
	f := &folder{dir: dir, sync: (*os.File).Sync}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, f.opening(err)
	}
	b, err := fileblob.OpenBucket(dir, &fileblob.Options{NoTempDir: true, Metadata: fileblob.MetadataDontWrite, DirFileMode: 0o700})
	if err != nil {
		return nil, nil, f.opening(err)
	}
	return b, f, nil
}

func (f *folder) opening(err error) error {
	t := f.fault(err)
	t.System, t.Operation = "bucket", "open"
	return t
}

func (f *folder) writing(o *blob.WriterOptions) (settle, last func() error) {
	var file *os.File
	o.BeforeWrite = func(as func(any) bool) error {
		if !as(&file) {
			return errors.New("the blob package gives no file")
		}
		return file.Chmod(0o600)
	}
	settle = func() error { return f.sync(file) }
	last = func() error {
		d, err := os.Open(f.dir)
		if err != nil {
			return err
		}
		return errors.Join(f.sync(d), d.Close())
	}
	return settle, last
}

// pages reads the folder itself: the blob package's listing walks all of it
// for every page, and fails when a file goes away meanwhile.
func (f *folder) pages() (next func(context.Context) ([]entry, bool, error), done func()) {
	var d *os.File
	next = func(ctx context.Context) (page []entry, more bool, err error) {
		if d == nil {
			if d, err = os.Open(f.dir); err != nil {
				return nil, false, err
			}
		}
		list, err := d.ReadDir(pageSize)
		if errors.Is(err, io.EOF) {
			return nil, false, nil
		}
		if err != nil {
			return nil, false, err
		}
		for _, e := range list {
			if !e.Type().IsRegular() {
				continue
			}
			info, err := e.Info()
			if errors.Is(err, fs.ErrNotExist) {
				continue // went away since
			}
			if err != nil {
				return nil, false, err
			}
			page = append(page, entry{key: e.Name(), size: info.Size(), modified: info.ModTime()})
		}
		return page, true, ctx.Err()
	}
	return next, func() {
		if d != nil {
			_ = d.Close()
		}
	}
}

func (f *folder) fault(err error) *fault.Fault {
	if gcerrors.Code(err) == gcerrors.NotFound || errors.Is(err, fs.ErrNotExist) {
		if info, err := os.Stat(f.dir); err == nil && info.IsDir() {
			return absent()
		}
		return &fault.Fault{
			Kind: fault.Misconfigured, Code: "no_folder", Hint: "mount or restore the documents' folder, or correct its address",
			Err: errors.New("the documents' folder is not there"),
		}
	}
	t := &fault.Fault{Kind: fault.Unavailable, Code: "disk", Hint: "check the disk of the documents' folder", Err: errors.New("the disk failed")}
	if no, ok := errors.AsType[syscall.Errno](err); ok {
		t.Err = no
		switch no { //nolint:exhaustive // the others are the disk's
		case syscall.EACCES, syscall.EPERM, syscall.EROFS, syscall.ENOTDIR:
			t.Kind, t.Code, t.Hint = fault.Misconfigured, "no_rights", "the hub's user must own the documents' folder and may write there"
		case syscall.ENOSPC, syscall.EDQUOT:
			t.Code, t.Hint = "disk_full", "free some space for the documents' folder"
		}
	}
	return t
}

func (f *folder) close() {}
