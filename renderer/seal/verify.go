package seal

import (
	"bytes"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"
)

// What is no matter of a report.
var (
	ErrNotPDF    = errors.New("not a PDF")
	ErrNotSealed = errors.New("the PDF carries no seal")
)

// What can be wrong with a seal, as Report.Problem names it: the gravest first.
const (
	ProblemForm      = "form"      // damaged, or not in the form that this package writes
	ProblemSeveral   = "several"   // more than one seal
	ProblemCut       = "cut"       // the file ends before what was sealed does
	ProblemAltered   = "altered"   // the bytes are not those that were sealed
	ProblemSignature = "signature" // the signature is not by the certificate's key
	ProblemAppended  = "appended"  // bytes follow what was sealed: a later update
	ProblemUsage     = "usage"     // the certificate does not permit signing
	ProblemExpired   = "expired"   // the certificate was not in force at the time of the seal
	ProblemUntrusted = "untrusted" // the certificate does not lead to a known authority
)

// Problems lists every problem.
func Problems() []string {
	return []string{
		ProblemForm, ProblemSeveral, ProblemCut, ProblemAltered, ProblemSignature,
		ProblemAppended, ProblemUsage, ProblemExpired, ProblemUntrusted,
	}
}

// Report says what a seal proves. Who sealed and when is told only when the seal
// is genuine; who that is in truth, only when it is trusted too.
type Report struct {
	Signer       string    // common name in the certificate
	Organisation string    // in the certificate
	Serial       string    // of the certificate, hexadecimal
	At           time.Time // as the sealer's clock said, UTC
	Algorithm    string    // "ECDSA P-256 with SHA-256"
	Whole        bool      // everything in the file is sealed but the seal's own value
	Genuine      bool      // digest and signature are right
	Trusted      bool      // the certificate leads to a root and was in force at that time
	Problem      string    // the gravest of the Problem constants; empty when there is none
}

// OK reports whether the file is what a trusted organisation sealed, to the
// last byte.
func (r Report) OK() bool { return r.Whole && r.Genuine && r.Trusted && r.Problem == "" }

// Verify checks the seal of a file of any origin. The only errors are ErrNotPDF
// and ErrNotSealed; whatever is wrong with a seal, the report tells. Without
// roots nothing is trusted.
//
// A certificate is judged at the time that the seal names, which is the sealer's
// word, with any extended key usage; its revocation is not looked up.
func Verify(pdf []byte, roots *x509.CertPool) (Report, error) {
	var r Report
	if !bytes.HasPrefix(pdf, []byte(header)) {
		return r, ErrNotPDF
	}
	if !traced(pdf) {
		return r, ErrNotSealed
	}
	v, problem := locate(pdf)
	if problem != "" {
		r.Problem = problem
		return r, nil
	}
	r.Whole = v.end == len(pdf)
	e, problem := open(v.cms, pdf[:v.contents.from], pdf[v.contents.to:v.end])
	if problem != "" {
		r.Problem = problem
		return r, nil
	}
	own := e.chain[0]
	r.Genuine, r.At, r.Algorithm = true, v.at, e.algorithm.name
	r.Signer, r.Organisation, r.Serial = own.Subject.CommonName, strings.Join(own.Subject.Organization, ", "), own.SerialNumber.Text(16)
	r.Problem = e.trust(roots, v.at)
	r.Trusted = r.Problem == ""
	if !r.Whole {
		r.Problem = ProblemAppended
	}
	return r, nil
}

// trust names what keeps the certificate from being trusted at a time.
func (e *opened) trust(roots *x509.CertPool, at time.Time) string {
	own := e.chain[0]
	switch {
	case !maySeal(own):
		return ProblemUsage
	case roots == nil: // which x509 takes for those of this machine
		return ProblemUntrusted
	}
	between := x509.NewCertPool()
	for _, c := range e.chain[1:] {
		between.AddCert(c)
	}
	_, err := own.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		return ProblemExpired
	}
	if err != nil {
		return ProblemUntrusted
	}
	return ""
}

func traced(pdf []byte) bool {
	for _, t := range traces {
		if bytes.Contains(pdf, []byte(t)) {
			return true
		}
	}
	return false
}

// value is a seal found in a file.
type value struct {
	contents span // with the angle brackets: what the byte range leaves out
	end      int  // of the byte range
	cms      []byte
	at       time.Time
}

// locate finds the seal by its text, of which there must be one, in the one form
// that Seal writes, and checks every number against where things lie. Since
// all but the contents is signed, no structure of the file needs to be believed.
func locate(pdf []byte) (value, string) {
	var v value
	switch bytes.Count(pdf, []byte("/ByteRange")) {
	case 0:
		return v, ProblemForm
	case 1:
	default:
		return v, ProblemSeveral
	}
	head := bytes.Index(pdf, []byte(dictionary))
	if head < 0 {
		return v, ProblemForm
	}
	from := head + len(dictionary)
	if len(pdf) < from+rangeWidth+len(contents) {
		return v, ProblemCut
	}
	numbers, ok := byteRange(string(pdf[from : from+rangeWidth]))
	v.contents.from = from + rangeWidth + len(contents) - 1
	if !ok || string(pdf[from+rangeWidth:v.contents.from+1]) != contents || numbers[0] != v.contents.from {
		return v, ProblemForm
	}
	v.contents.to = numbers[1]
	v.end = numbers[1] + numbers[2]
	digits := v.contents.to - v.contents.from - 2
	if digits <= 0 || digits > 2*maxRoom {
		return v, ProblemForm
	}
	if v.end > len(pdf) {
		return v, ProblemCut
	}
	if pdf[v.contents.to-1] != '>' {
		return v, ProblemForm
	}
	if v.cms, ok = unhex(pdf[v.contents.from+1 : v.contents.to-1]); !ok {
		return v, ProblemForm
	}
	v.at, ok = sealedAt(pdf[v.contents.to:v.end])
	if !ok {
		return v, ProblemForm
	}
	return v, ""
}

// byteRange reads "0 12 34 56" and blanks behind it: where the contents begin,
// where they end, how many bytes follow them.
func byteRange(text string) (numbers [3]int, ok bool) {
	fields := strings.Split(strings.TrimRight(text, " "), " ")
	if len(fields) != 4 || fields[0] != "0" {
		return numbers, false
	}
	for i, f := range fields[1:] {
		n, err := strconv.Atoi(f)
		if err != nil || n < 0 || n > maxFile || strconv.Itoa(n) != f {
			return numbers, false
		}
		numbers[i] = n
	}
	return numbers, true
}

// unhex decodes lower-case hexadecimal.
func unhex(digits []byte) ([]byte, bool) {
	if bytes.ContainsAny(digits, "ABCDEF") {
		return nil, false
	}
	out := make([]byte, len(digits)/2)
	_, err := hex.Decode(out, digits)
	return out, err == nil
}

// sealedAt reads the time behind the contents.
func sealedAt(pdf []byte) (time.Time, bool) {
	if len(pdf) < len(timeForm) {
		return time.Time{}, false
	}
	at, err := time.Parse(timeForm, string(pdf[:len(timeForm)]))
	return at.UTC(), err == nil
}
