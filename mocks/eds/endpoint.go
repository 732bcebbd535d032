package eds

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/saylovhub/hub/mocks/serve"
)

// raw reads a body of base64 values joined by "|"; anything else is 400. An
// empty X-Real-IP is refused: the header is to be left out instead.
func raw(parts int, answer func(http.ResponseWriter, [][]byte)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		values, sent := r.Header["X-Real-Ip"]
		pieces := strings.Split(strings.TrimSpace(string(body)), "|")
		if err != nil || len(pieces) != parts || sent && values[0] == "" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		decoded := make([][]byte, parts)
		for i, p := range pieces {
			if decoded[i], err = base64.StdEncoding.DecodeString(p); err != nil || len(decoded[i]) == 0 {
				w.WriteHeader(http.StatusBadRequest)
				return
			}
		}
		answer(w, decoded)
	}
}

// vpnKey describes the key to the operator's network: it runs out a year after
// the election day.
func (s *Server) vpnKey() map[string]any {
	e := s.o.Population.ElectionDay
	return map[string]any{
		"serialNumber": "3", "X500Name": "CN=MockClient",
		"validFrom": s.text(e.AddYears(-1).Start()), "validTo": s.text(e.AddYears(1).Start()),
	}
}

func (s *Server) ping(w http.ResponseWriter, r *http.Request) {
	ip, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		ip = r.RemoteAddr
	}
	serve.JSON(w, http.StatusOK, map[string]any{"serverDateTime": s.text(s.o.Now()), "yourIP": ip, "vpnKeyInfo": s.vpnKey()})
}

func (s *Server) info(w http.ResponseWriter, _ *http.Request) {
	key := s.vpnKey()
	key["subjectInfo"] = map[string]string{"CN": "MockClient"}
	serve.JSON(w, http.StatusOK, map[string]any{
		"version": Version, "serverTime": s.text(s.o.Now()), "vpnKeyInfo": key,
		"trustedCertificates": []certificate{s.describe(s.trusted.root.cert)},
	})
}

func (s *Server) challenge(w http.ResponseWriter, _ *http.Request) {
	text, now := uuid.NewString(), s.o.Now()
	s.mu.Lock()
	for c, until := range s.challenges {
		if !now.Before(until) {
			delete(s.challenges, c)
		}
	}
	s.challenges[text] = now.Add(s.o.ChallengeLife)
	s.mu.Unlock()
	w.Header().Set("Cache-Control", "no-store")
	serve.JSON(w, http.StatusOK, map[string]any{
		"challenge": text, "ttl": int(s.o.ChallengeLife / time.Second), "status": statusOK, "message": "",
	})
}

// take uses a challenge up and reports whether it was in force.
func (s *Server) take(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	until, ok := s.challenges[text]
	delete(s.challenges, text)
	return ok && s.o.Now().Before(until)
}

// auth is the login: one signer, over a challenge that the server gave out.
func (s *Server) auth(w http.ResponseWriter, parts [][]byte) {
	e, err := parse(parts[0])
	if err != nil || e.content == nil || len(e.signers) != 1 {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	si := e.signers[0]
	cert, status := s.login(e, si)
	if !s.take(string(e.content)) && status == statusOK {
		status = statusNoChallenge
	}
	if status != statusOK {
		serve.JSON(w, http.StatusOK, map[string]any{"status": status, "message": messages[status]})
		return
	}
	serve.JSON(w, http.StatusOK, map[string]any{"status": statusOK, "message": "", "subjectCertificateInfo": s.subject(cert)})
}

func (s *Server) login(e *envelope, si signerInfo) (*x509.Certificate, int) {
	cert := e.certificateOf(si)
	if cert == nil || si.genuine(cert, e.contentType, e.content) != nil {
		return nil, statusSignature
	}
	at := si.signingTime()
	st, revoked, err := s.statusAt(cert, e.certificates, at)
	switch {
	case err != nil || revoked:
		return nil, statusCertificate
	case !st.CertificateValidAtSigningTime:
		return nil, statusDate
	case s.o.Now().Sub(at).Abs() > s.o.ClockSkew:
		return nil, statusClock
	}
	return cert, statusOK
}

// timestamp stamps every signer that has no stamp yet.
func (s *Server) timestamp(w http.ResponseWriter, parts [][]byte) {
	e, err := parse(parts[0])
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	stamped, err := s.trusted.stamp(e, s.o.Now())
	if err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	list := []subjectCertificate{}
	for _, i := range stamped {
		if cert := e.certificateOf(e.signers[i]); cert != nil {
			list = append(list, s.subject(cert))
		}
	}
	s.envelope(w, e, map[string]any{"timestampedSignerList": list})
}

func (s *Server) makeAttached(w http.ResponseWriter, parts [][]byte) {
	e, err := parse(parts[1])
	switch {
	case err != nil:
		w.WriteHeader(http.StatusBadRequest)
		return
	case e.content != nil:
		failed(w, "PKCS#7 is attached already")
		return
	}
	e.content = parts[0]
	s.envelope(w, e, nil)
}

// join puts the signers of two attached envelopes over the same document into one.
func (s *Server) join(w http.ResponseWriter, parts [][]byte) {
	a, errA := parse(parts[0])
	b, errB := parse(parts[1])
	switch {
	case errA != nil || errB != nil:
		w.WriteHeader(http.StatusBadRequest)
		return
	case a.content == nil || b.content == nil:
		failed(w, "both PKCS#7 must be attached")
		return
	case !bytes.Equal(a.content, b.content):
		failed(w, "documents differ")
		return
	}
	for _, c := range b.certificates {
		known := false
		for _, have := range a.certificates {
			known = known || have.Equal(c)
		}
		if !known {
			a.certificates = append(a.certificates, c)
		}
	}
	a.signers = append(a.signers, b.signers...)
	s.envelope(w, a, nil)
}

func (s *Server) envelope(w http.ResponseWriter, e *envelope, more map[string]any) {
	der, err := e.marshal()
	if err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	out := map[string]any{"status": statusOK, "message": "", "pkcs7b64": base64.StdEncoding.EncodeToString(der)}
	maps.Copy(out, more)
	serve.JSON(w, http.StatusOK, out)
}

func failed(w http.ResponseWriter, message string) {
	serve.JSON(w, http.StatusOK, map[string]any{"status": statusFailed, "message": message})
}
