package bucket

import (
	"context"
	"strings"
	"time"
)

// Object is a document in the bucket. Size is that of its sealed bytes.
type Object struct {
	Name     string
	Size     int64
	Modified time.Time // by the clock of the disk's machine or of the S3 store
}

// List yields all documents, in pages of at most 1,000 and in no promised
// order, until yield returns an error, which it returns. What is written or
// removed meanwhile may be listed or not. Files of others and what interrupted
// writes left are passed over.
func (b *Bucket) List(ctx context.Context, yield func(page []Object) error) error {
	return b.walk(ctx, "list", func(raw []entry) error {
		var page []Object
		for _, e := range raw {
			name, ok := strings.CutSuffix(e.key, suffix)
			if ok && plain(name) {
				page = append(page, Object{Name: name, Size: e.size, Modified: e.modified})
			}
		}
		if len(page) == 0 {
			return nil
		}
		return yield(page)
	})
}

// walk yields the raw objects below the prefix, which it cuts off. The time
// limit holds for each page.
func (b *Bucket) walk(ctx context.Context, op string, yield func([]entry) error) error {
	next, done := b.side.pages()
	defer done()
	for more := true; more; {
		var page []entry
		err := b.within(ctx, op, func(ctx context.Context) (err error) {
			page, more, err = next(ctx)
			return err
		})
		if err != nil {
			return err
		}
		for i := range page {
			page[i].key = strings.TrimPrefix(page[i].key, b.prefix)
		}
		if err := yield(page); err != nil {
			return err
		}
	}
	return nil
}
