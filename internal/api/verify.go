package api

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"

	"github.com/saylovhub/hub/internal/verify"
)

// Verification is what the API needs to answer whether documents are genuine,
// besides Deps.Codes and Deps.Store. The zero value answers all but the list of
// revocations, which needs Revocations.
type Verification struct {
	// Titles words a kind of document; nil or an empty text: the table of package
	// verify does.
	Titles func(kind string, lang verify.Lang) string
	// Seals are the certificates (PEM) that vouch for the seals of documents, for
	// those who check without the hub; nil: documents are not sealed.
	Seals []byte
	// SealedBy names who seals the documents of which commission; nil: whoever Seals
	// vouch for.
	SealedBy verify.Sealers
	// Revocations makes the signed list; nil: from Deps.Codes and Deps.Store.
	Revocations *verify.Press
}

func (s *server) checker() verify.Checker {
	return verify.Checker{Codes: s.Codes, Register: verify.Books{Store: s.Store}, Titles: s.Verify.Titles, Now: s.Now}
}

// verifyCode says whether a document's code is genuine and the document stands:
// to people as a page, to programs as JSON. It shows nothing of the person: the
// paper does that.
func (s *server) verifyCode(w http.ResponseWriter, r *request) (int, any, error) {
	q := r.URL.Query()
	lang := verify.LangOf(q.Get("lang"), r.Header.Get("Accept-Language"))
	w.Header().Set("Vary", "Accept, Accept-Language")
	a, err := s.checker().Check(r.Context(), r.PathValue("code"), q.Get("sha256"), lang)
	if err != nil {
		p := problemOf(err)
		if p.Status < http.StatusInternalServerError || !wantsPage(r.Header.Get("Accept")) {
			return 0, nil, err
		}
		s.Log.ErrorContext(r.Context(), "answering a request", "operation", "verifyCode", "error", err)
		return 0, nil, verify.WriteSorry(w, p.Status, lang, s.Now())
	}
	if !wantsPage(r.Header.Get("Accept")) {
		w.Header().Set("X-Robots-Tag", "noindex")
		return http.StatusOK, a, nil
	}
	return 0, nil, verify.WritePage(w, a)
}

// wantsPage reports whether a browser asks: who names HTML, and does not rank
// JSON above it.
func wantsPage(accept string) bool {
	page, data := 0.0, 0.0
	for part := range strings.SplitSeq(strings.ToLower(accept), ",") {
		media, params, _ := strings.Cut(part, ";")
		q := 1.0
		for p := range strings.SplitSeq(params, ";") {
			if text, found := strings.CutPrefix(strings.TrimSpace(p), "q="); found {
				if v, err := strconv.ParseFloat(text, 64); err == nil {
					q = v
				}
			}
		}
		switch strings.TrimSpace(media) {
		case "text/html", "application/xhtml+xml":
			page = max(page, q)
		case "application/json":
			data = max(data, q)
		}
	}
	return page > 0 && page >= data
}

// revocations hands out the signed list of what holds no more. It is the same
// bytes for a minute, so who asks again is told that nothing is new.
func (s *server) revocations(w http.ResponseWriter, r *request) (int, any, error) {
	raw, err := s.press.Signed(r.Context())
	if err != nil {
		return 0, nil, err
	}
	sum := sha256.Sum256(raw)
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	h := w.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "public, max-age=60")
	h.Set("Content-Type", "application/json")
	for known := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		if known = strings.TrimPrefix(strings.TrimSpace(known), "W/"); known == tag || known == "*" {
			w.WriteHeader(http.StatusNotModified)
			return 0, nil, nil
		}
	}
	if _, err := w.Write(raw); err != nil { // byte for byte: they are signed
		s.Log.DebugContext(r.Context(), "writing an answer", "error", err)
	}
	return 0, nil, nil
}

// verificationKey hands out what a check without the hub rests on.
func (s *server) verificationKey(http.ResponseWriter, *request) (int, any, error) {
	k, err := verify.NewKey(s.Codes.PublicKey, s.Verify.Seals, s.Verify.SealedBy)
	if err != nil {
		return 0, nil, err
	}
	if s.Codes.Address != "" {
		k.Addresses = []string{s.Codes.Address}
	}
	return http.StatusOK, k, nil
}
