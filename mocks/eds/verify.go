package eds

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/saylovhub/hub/mocks/serve"
)

var messages = map[int]string{
	statusOK:           "",
	statusClock:        "Дата и время подписи недопустимы",
	statusSignature:    "ЭЦП недействительна",
	statusCertificate:  "Сертификат недействителен",
	statusDate:         "Сертификат недействителен на дату подписи",
	statusNoChallenge:  "Challenge не найден или истек срок",
	statusStamp:        "ЭЦП или хеш Timestamp недействителен",
	statusStampCert:    "Сертификат Timestamp недействителен",
	statusStampExpired: "Сертификат Timestamp недействителен на дату подписи",
}

// severity orders the codes: of several, the first is answered.
var severity = []int{statusSignature, statusCertificate, statusDate, statusStamp, statusStampCert, statusStampExpired}

func (s *Server) verifyAttached(w http.ResponseWriter, parts [][]byte) {
	e, err := parse(parts[0])
	if err != nil || e.content == nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s.verify(w, e, e.content, true)
}

func (s *Server) verifyDetached(w http.ResponseWriter, parts [][]byte) {
	e, err := parse(parts[1])
	if err != nil || e.content != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s.verify(w, e, parts[0], false)
}

// verify judges every signer and answers with the worst code.
func (s *Server) verify(w http.ResponseWriter, e *envelope, content []byte, attached bool) {
	info, codes := pkcs7Info{Signers: []signer{}}, map[int]bool{}
	for _, si := range e.signers {
		cert := e.certificateOf(si)
		if cert == nil { // nobody to name: the answer has another shape
			serve.JSON(w, http.StatusOK, map[string]any{
				"status": statusSignature, "message": messages[statusSignature],
				"failedSignerInfo": map[string]any{"subjectSerialNumber": si.SID.Serial.Text(16), "exception": "certificate not found in PKCS#7"},
			})
			return
		}
		one, code := s.judge(e, si, cert, content)
		info.Signers = append(info.Signers, one)
		codes[code] = true
	}
	if attached {
		info.DocumentBase64 = base64.StdEncoding.EncodeToString(content)
	}
	status := statusOK
	for _, code := range severity {
		if codes[code] {
			status = code
			break
		}
	}
	serve.JSON(w, http.StatusOK, map[string]any{"status": status, "message": messages[status], "pkcs7Info": info})
}

// judge verifies one signer: signature, chain, dates, revocation, time stamp.
func (s *Server) judge(e *envelope, si signerInfo, cert *x509.Certificate, content []byte) (signer, int) {
	_, issuer := nameInfo(cert.RawIssuer)
	one := signer{
		SignerID: signerID{issuer, serialOf(cert)}, SigningTime: s.text(si.signingTime()), Signature: hex.EncodeToString(si.Signature),
		Certificate: s.chain(cert, e),
	}
	var digest []byte
	if find(si.Signed, oidMessageDigest, &digest) == nil {
		one.Digest = hex.EncodeToString(digest)
	}
	for _, p := range cert.Policies {
		one.PolicyIdentifiers = append(one.PolicyIdentifiers, p.String())
	}
	code := statusOK
	fail := func(c int, err error) {
		if code == statusOK {
			code = c
		}
		if err != nil && one.Exception == "" {
			one.Exception = err.Error()
		}
	}
	err := si.genuine(cert, e.contentType, content)
	if one.Verified = err == nil; err != nil {
		fail(statusSignature, err)
	}
	at := si.signingTime()
	stamp, stampTime, stampCode := s.judgeStamp(si)
	if stamp != nil {
		one.TimeStampInfo, at = stamp, stampTime
	}
	if at.IsZero() {
		at = s.o.Now()
	}
	var revoked bool
	one.status, revoked, err = s.statusAt(cert, e.certificates, at)
	if err != nil {
		fail(statusCertificate, err)
	}
	if revoked && s.o.RevokedIsStatus {
		fail(statusCertificate, nil)
	}
	if !one.CertificateValidAtSigningTime {
		fail(statusDate, nil)
	}
	if stampCode != statusOK {
		fail(stampCode, nil)
	}
	return one, code
}

// statusAt judges a certificate at a time: chain, dates, revocation.
func (s *Server) statusAt(cert *x509.Certificate, others []*x509.Certificate, at time.Time) (status, bool, error) {
	st := status{CertificateValidAtSigningTime: !at.Before(cert.NotBefore) && !at.After(cert.NotAfter)}
	if err := s.trusted.chains(cert, others); err != nil {
		return st, false, err
	}
	now := s.o.Now()
	s.mu.Lock()
	since, revoked := s.revoked[serialOf(cert)]
	s.mu.Unlock()
	if revoked {
		st.RevokedStatusInfo = &revocation{s.text(since), "keyCompromise"}
	}
	root := s.describe(s.trusted.root.cert)
	st.CertificateVerified, st.TrustedCertificate = true, &root
	st.StatusUpdatedAt, st.StatusNextUpdateAt = s.text(now), s.text(now.Add(time.Minute))
	st.OCSPResponse = s.evidence(cert, st.RevokedStatusInfo, now)
	return st, revoked, nil
}

// judgeStamp verifies a signer's time stamp; nil when there is none. The time
// is that of the stamp, or zero when it cannot be read.
func (s *Server) judgeStamp(si signerInfo) (*stampInfo, time.Time, int) {
	der := si.stampToken()
	if der == nil {
		return nil, time.Time{}, statusOK
	}
	e, info, err := readStamp(der)
	if err != nil {
		return &stampInfo{Exception: err.Error(), Certificate: []certificate{}}, time.Time{}, statusStamp
	}
	cert := e.certificateOf(e.signers[0])
	if cert == nil {
		return &stampInfo{Exception: "certificate not found in time stamp", Certificate: []certificate{}}, time.Time{}, statusStamp
	}
	_, issuer := nameInfo(cert.RawIssuer)
	out := &stampInfo{
		Certificate: s.chain(cert, e), SignerID: signerID{issuer, serialOf(cert)}, TSAPolicy: info.Policy.String(), Time: s.text(info.Time),
		HashAlgorithm: oidSHA256.String(), SerialNumber: info.Serial.Text(16), TSA: "6: http://mock.e-imzo.example/tst",
		MessageImprintAlgOID: info.Imprint.Algorithm.Algorithm.String(), MessageImprintDigest: hex.EncodeToString(info.Imprint.Digest),
		Verified: e.signers[0].genuine(cert, e.contentType, e.content) == nil, DigestVerified: info.covers(si.Signature),
	}
	out.status, _, err = s.statusAt(cert, e.certificates, info.Time)
	switch {
	case !out.Verified || !out.DigestVerified:
		return out, info.Time, statusStamp
	case err != nil:
		out.Exception = err.Error()
		return out, info.Time, statusStampCert
	case !out.CertificateValidAtSigningTime:
		return out, info.Time, statusStampExpired
	}
	return out, info.Time, statusOK
}
