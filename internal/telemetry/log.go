package telemetry

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"strconv"
	"unicode/utf8"
)

// NewLogger writes lines from level up to w, redacted: as JSON objects when
// format is "json", as key=value text otherwise.
func NewLogger(w io.Writer, level slog.Level, format string) *slog.Logger {
	opts := &slog.HandlerOptions{Level: level}
	if format == "json" {
		return slog.New(Redact(slog.NewJSONHandler(w, opts)))
	}
	return slog.New(Redact(slog.NewTextHandler(w, opts)))
}

// Redact puts the second net over a handler: messages, keys and values go
// through Mask, values of sensitive keys become Hidden, and values of other
// types are written out first so that nothing inside them escapes.
func Redact(next slog.Handler) slog.Handler { return redactor{next: next} }

type redactor struct {
	next   slog.Handler
	hidden bool // inside a group with a sensitive name
}

// Enabled asks the handler below.
func (r redactor) Enabled(ctx context.Context, l slog.Level) bool { return r.next.Enabled(ctx, l) }

// Handle redacts one line.
func (r redactor) Handle(ctx context.Context, in slog.Record) error {
	out := slog.NewRecord(in.Time, in.Level, Mask(in.Message), in.PC)
	in.Attrs(func(a slog.Attr) bool {
		out.AddAttrs(r.clean(a))
		return true
	})
	return r.next.Handle(ctx, out)
}

// WithAttrs redacts attributes once, for all lines to come.
func (r redactor) WithAttrs(attrs []slog.Attr) slog.Handler {
	r.next = r.next.WithAttrs(r.cleanAll(attrs))
	return r
}

// WithGroup hides everything in a group with a sensitive name.
func (r redactor) WithGroup(name string) slog.Handler {
	r.next = r.next.WithGroup(Mask(name))
	r.hidden = r.hidden || sensitive(name)
	return r
}

func (r redactor) cleanAll(attrs []slog.Attr) []slog.Attr {
	out := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		out[i] = r.clean(a)
	}
	return out
}

func (r redactor) clean(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	inline := v.Kind() == slog.KindGroup && a.Key == "" // its members stand on their own
	switch {
	case a.Equal(slog.Attr{}):
		return a // handlers leave it out
	case !inline && (r.hidden || sensitive(a.Key)):
		v = slog.StringValue(Hidden)
	default:
		v = r.value(v)
	}
	return slog.Attr{Key: Mask(a.Key), Value: v}
}

func (r redactor) value(v slog.Value) slog.Value {
	switch v.Kind() {
	case slog.KindString:
		return slog.StringValue(Mask(v.String()))
	case slog.KindInt64:
		return number(v, strconv.FormatInt(v.Int64(), 10))
	case slog.KindUint64:
		return number(v, strconv.FormatUint(v.Uint64(), 10))
	case slog.KindFloat64:
		return number(v, strconv.FormatFloat(v.Float64(), 'f', -1, 64))
	case slog.KindGroup:
		return slog.GroupValue(r.cleanAll(v.Group())...)
	case slog.KindAny:
		return anyValue(v)
	case slog.KindBool, slog.KindDuration, slog.KindTime, slog.KindLogValuer:
		return v // no person in these; Resolve has left no LogValuer
	default:
		return slog.StringValue(Hidden)
	}
}

// number keeps v unless its digits look like an identifier.
func number(v slog.Value, digits string) slog.Value {
	if m := Mask(digits); m != digits {
		return slog.StringValue(m)
	}
	return v
}

// anyValue writes a value of any type out, redacted. A type whose own methods
// panic costs its value, not the line.
func anyValue(v slog.Value) (out slog.Value) {
	defer func() {
		if recover() != nil {
			out = slog.StringValue(fmt.Sprintf("[%T: cannot be written]", v.Any()))
		}
	}()
	switch x := v.Any().(type) {
	case nil:
		return v
	case error:
		return slog.StringValue(Mask(x.Error()))
	case fmt.Stringer:
		return slog.StringValue(Mask(x.String()))
	case []byte:
		return text(x)
	}
	switch rv := reflect.ValueOf(v.Any()); rv.Kind() {
	case reflect.String:
		return slog.StringValue(Mask(rv.String()))
	case reflect.Slice:
		if rv.Type().Elem().Kind() == reflect.Uint8 {
			return text(rv.Bytes())
		}
	default:
	}
	return document(v.Any())
}

func text(b []byte) slog.Value {
	if !utf8.Valid(b) {
		return slog.StringValue(fmt.Sprintf("[%d bytes]", len(b)))
	}
	return slog.StringValue(Mask(string(b)))
}

// document writes v as JSON and cleans that, keys and all. Both handlers print
// a RawMessage as it is.
func document(v any) slog.Value {
	raw, err := json.Marshal(v)
	if err != nil {
		return slog.StringValue(fmt.Sprintf("[%T]", v))
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		return slog.StringValue(fmt.Sprintf("[%T]", v))
	}
	if raw, err = json.Marshal(prune(tree)); err != nil {
		return slog.StringValue(fmt.Sprintf("[%T]", v))
	}
	return slog.AnyValue(json.RawMessage(raw))
}

func prune(v any) any {
	switch x := v.(type) {
	case string:
		return Mask(x)
	case json.Number:
		if m := Mask(x.String()); m != x.String() {
			return m
		}
	case []any:
		for i := range x {
			x[i] = prune(x[i])
		}
	case map[string]any:
		out := make(map[string]any, len(x))
		for k, e := range x {
			if sensitive(k) {
				out[Mask(k)] = Hidden
				continue
			}
			out[Mask(k)] = prune(e)
		}
		return out
	}
	return v
}
