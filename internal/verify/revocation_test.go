package verify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/internal/verify"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// ended is how the store lists a document that was revoked or replaced.
func ended(t *testing.T, d dossier.Document, state dossier.DocumentState) dossier.Ended {
	t.Helper()
	hash, err := dossier.DataHash(d.Data)
	if err != nil {
		t.Fatal(err)
	}
	return dossier.Ended{
		ID: d.ID, Kind: d.Kind, Commission: d.Commission, Election: d.Election, Number: d.Number, State: state, CodeHash: fmt.Sprintf("%x", hash[:16]),
		ValidUntil: d.ValidUntil, EndedAt: time.Date(2026, 11, 20, 19, 30, 0, 0, time.UTC),
	}
}

// list is a signed list with one revoked document and some others.
func list(t *testing.T, seed byte, at time.Time) []byte {
	t.Helper()
	d, _ := document(t, codes(1))
	var entries []verify.Entry
	for n := range 5 {
		e := ended(t, d, dossier.Revoked)
		e.Number += n
		entry, err := verify.EntryOf(codes(1), e)
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, entry)
	}
	raw, err := verify.NewList(entries, at, at).Sign(codes(seed).Sign, codes(seed).PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestListFindsTheCode(t *testing.T) {
	t.Parallel()
	l, err := verify.ReadList(list(t, 1, now), codes(1).PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	_, text := document(t, codes(1))
	got, found := l.Find(plain(t, text))
	want := verify.Entry{
		Code: verify.CodeID(plain(t, text)), Kind: "D4", Commission: "1726", Number: 7, State: dossier.Revoked, On: civil.Date{Year: 2026, Month: 11, Day: 21},
	}
	if diff := cmp.Diff(want, got); diff != "" || !found {
		t.Errorf("found %t\n%s", found, diff)
	}
	if _, found := l.Find(plain(t, text)[1:]); found {
		t.Error("another code is found")
	}
}

// A document without an end is found too: its code is another one.
func TestEntryWithoutEnd(t *testing.T) {
	t.Parallel()
	d, _ := document(t, codes(1))
	d.ValidUntil = civil.Date{}
	hash, err := dossier.DataHash(d.Data)
	if err != nil {
		t.Fatal(err)
	}
	e, err := verify.EntryOf(codes(1), ended(t, d, dossier.Replaced))
	if err != nil || e.Code != verify.CodeID(plain(t, codes(1).Code(d, hash, time.Time{}))) {
		t.Errorf("%+v, %v", e, err)
	}
	bad := ended(t, d, dossier.Revoked)
	for _, h := range []string{"", "zz", "ab"} {
		bad.CodeHash = h
		if _, err := verify.EntryOf(codes(1), bad); err == nil {
			t.Errorf("hash %q makes an entry", h)
		}
	}
}

// The list names nobody, and what could be tried out against names is not in it.
func TestListNamesNobody(t *testing.T) {
	t.Parallel()
	d, _ := document(t, codes(1))
	raw := string(list(t, 1, now))
	for _, p := range append([]string{ended(t, d, dossier.Revoked).CodeHash}, planted...) {
		if strings.Contains(raw, p) {
			t.Errorf("the list tells %s", p)
		}
	}
}

// No byte of a list may be another one.
func TestListAltered(t *testing.T) {
	t.Parallel()
	raw := list(t, 1, now)
	for i := range raw[:len(raw)-1] {
		for _, flip := range []byte{1, 32} {
			bent := bytes.Clone(raw)
			bent[i] ^= flip
			if _, err := verify.ReadList(bent, codes(1).PublicKey); !errors.Is(err, verify.ErrNotList) {
				t.Fatalf("byte %d (%q as %q): %v", i, raw[i], bent[i], err)
			}
		}
	}
	var parts map[string]json.RawMessage
	if err := json.Unmarshal(raw, &parts); err != nil {
		t.Fatal(err)
	}
	other := list(t, 1, now.Add(time.Hour))
	var others map[string]json.RawMessage
	if err := json.Unmarshal(other, &others); err != nil {
		t.Fatal(err)
	}
	entry := raw[bytes.Index(raw, []byte(`{"code"`)) : bytes.Index(raw, []byte("},{"))+2]
	for name, bent := range map[string][]byte{
		"empty": {}, "no list": []byte("{}"), "null": []byte("null"), "cut": raw[:len(raw)/2],
		"of another key":          list(t, 2, now),
		"another time":            bytes.Replace(raw, []byte("2026-11-22"), []byte("2026-11-23"), 1),
		"an entry less":           bytes.Replace(raw, entry, nil, 1),
		"another's signature":     bytes.Replace(raw, parts["signature"], others["signature"], 1),
		"more in it":              bytes.Replace(raw, []byte(`"key"`), []byte(`"more":1,"key"`), 1),
		"two lists":               bytes.Replace(raw, []byte(`{"revocations"`), []byte(`{"revocations":{},"revocations"`), 1),
		"written with more space": bytes.Replace(raw, []byte(`,"key"`), []byte(`, "key"`), 1),
	} {
		if bytes.Equal(bent, raw) {
			t.Errorf("%s: nothing is bent", name)
		}
		if _, err := verify.ReadList(bent, codes(1).PublicKey); !errors.Is(err, verify.ErrNotList) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := verify.ReadList(bytes.ReplaceAll(raw, []byte("\n"), []byte("\r\n")), codes(1).PublicKey); err != nil {
		t.Errorf("kept by an editor of another system: %v", err)
	}
}

// What signs a list signs nothing that could be taken for a code.
func TestPurposes(t *testing.T) {
	t.Parallel()
	var signed []byte
	_, err := verify.NewList(nil, now, now).Sign(func(b []byte) []byte { signed = b; return codes(1).Sign(b) }, codes(1).PublicKey)
	if err != nil || !bytes.HasPrefix(signed, []byte("saylovhub revocations 1\n{")) {
		t.Errorf("signed %q, %v", signed, err)
	}
}

// ends is a store with many documents that hold no more.
type ends struct {
	all   []dossier.Ended
	asked atomic.Int32
	fail  error
}

func (e *ends) Ended(_ context.Context, after string, limit int) ([]dossier.Ended, string, error) {
	e.asked.Add(1)
	if e.fail != nil {
		return nil, "", e.fail
	}
	i := 0
	if after != "" {
		_, _ = fmt.Sscan(after, &i)
	}
	next := min(i+limit, len(e.all))
	return e.all[i:next], fmt.Sprint(next), nil
}

func TestPress(t *testing.T) {
	t.Parallel()
	d, text := document(t, codes(1))
	e := &ends{}
	for n := range 2500 {
		one := ended(t, d, dossier.Revoked)
		one.Number = 10_000 + n
		e.all = append(e.all, one)
	}
	e.all = append(e.all, ended(t, d, dossier.Replaced))
	clock := now
	p := &verify.Press{Codes: codes(1), Ends: e, Now: func() time.Time { return clock }}
	first, err := p.Signed(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	l, err := verify.ReadList(first, codes(1).PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	if got, found := l.Find(plain(t, text)); !found || got.State != dossier.Replaced || l.Count != 2501 {
		t.Errorf("found %t: %+v, of %d", found, got, l.Count)
	}
	if !l.IssuedAt.Equal(now) || !l.CoversTo.Before(now) {
		t.Errorf("of %s, covers to %s", l.IssuedAt, l.CoversTo)
	}
	asked := e.asked.Load()
	clock = now.Add(59 * time.Second)
	if again, err := p.Signed(t.Context()); err != nil || !bytes.Equal(first, again) || e.asked.Load() != asked {
		t.Errorf("within the minute: %v, asked %d more", err, e.asked.Load()-asked)
	}
	clock = now.Add(time.Minute)
	if again, err := p.Signed(t.Context()); err != nil || bytes.Equal(first, again) {
		t.Errorf("a minute later: %v", err)
	}
	clock = now.Add(time.Hour)
	e.fail = errors.New("the store is down")
	if _, err := p.Signed(t.Context()); !errors.Is(err, e.fail) {
		t.Errorf("without the store: %v", err)
	}
	e.fail = nil
	if _, err := p.Signed(t.Context()); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// Many who ask at once cost one reading.
func TestPressAtOnce(t *testing.T) {
	t.Parallel()
	e := &ends{}
	p := &verify.Press{Codes: codes(1), Ends: e, Now: func() time.Time { return now }}
	done := make(chan error)
	for range 20 {
		go func() {
			_, err := p.Signed(t.Context())
			done <- err
		}()
	}
	for range 20 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if n := e.asked.Load(); n != 1 {
		t.Errorf("the store was asked %d times", n)
	}
}
