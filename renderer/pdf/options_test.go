package pdf

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestOptions(t *testing.T) {
	t.Parallel()
	raw := sample()
	file := Attachment{Name: "data.json", MediaType: "application/json"}
	for name, c := range map[string]struct {
		edit func(*Options)
		want string
	}{
		"no time":                  {func(o *Options) { o.At = time.Time{} }, "business time"},
		"a time too far":           {func(o *Options) { o.At = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC) }, "business time"},
		"no title":                 {func(o *Options) { o.Title = " " }, "title"},
		"a control character":      {func(o *Options) { o.Subject = "a\x00b" }, "subject"},
		"a line feed":              {func(o *Options) { o.Author = "a\nb" }, "author"},
		"broken UTF-8":             {func(o *Options) { o.Code = "\xff" }, "code"},
		"a very long text":         {func(o *Options) { o.Identifier = strings.Repeat("a", 5000) }, "identifier"},
		"no language":              {func(o *Options) { o.Language = "o'zbekcha" }, "language"},
		"no archive":               {func(o *Options) { o.Archive = 7 }, "archive"},
		"A-2b with a file":         {func(o *Options) { o.Archive = A2B; o.Attach = []Attachment{file} }, "PDF/A-3b"},
		"a file out of its folder": {func(o *Options) { o.Attach = []Attachment{{Name: "../a", MediaType: "text/csv"}} }, "name"},
		"a file without a name":    {func(o *Options) { o.Attach = []Attachment{{MediaType: "text/csv"}} }, "name"},
		"a file without a type":    {func(o *Options) { o.Attach = []Attachment{{Name: "a"}} }, "media type"},
		"a file twice": {func(o *Options) {
			o.Attach = []Attachment{file, {Name: "DATA.JSON", MediaType: "text/csv"}}
		}, "twice"},
		"a description of controls": {func(o *Options) {
			o.Attach = []Attachment{{Name: "a", MediaType: "text/csv", Description: "\x01"}}
		}, "description"},
	} {
		o := options()
		c.edit(&o)
		if _, err := Finish(raw, o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", name, err, c.want)
		}
	}
}

// Only the least is asked for, and a title comes back whatever it holds.
func TestOptionsLeast(t *testing.T) {
	t.Parallel()
	for _, title := range []string{"a", `(\)`, "№ 7 😀 <&>\"'", "ǵúóńışşaq", "\u00a0x ]]>"} {
		out := finish(t, sample(), Options{At: business, Title: title})
		info, err := Read(out)
		if err != nil || info.Title != title || info.Code != "" || info.Identifier != "" || info.Archive != None {
			t.Errorf("%q: %+v, %v", title, info, err)
		}
		if bytes.Contains(out, []byte("HubCode")) || bytes.Contains(out, []byte("pdfaid:part")) {
			t.Errorf("%q: what was not given is there", title)
		}
	}
}

func TestFinishOnce(t *testing.T) {
	t.Parallel()
	out := finish(t, sample(), options())
	if _, err := Finish(out, options()); !errors.Is(err, errSyntax) {
		t.Errorf("finished twice: %v", err)
	}
	if _, err := Attached(out, "data.json"); !errors.Is(err, ErrNoAttachment) {
		t.Errorf("a file that is not there: %v", err)
	}
}
