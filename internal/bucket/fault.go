package bucket

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"syscall"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/saylovhub/hub/contracts/fault"
)

// ErrAbsent means that there is no object of this name.
var ErrAbsent = errors.New("there is no such document in the bucket")

// ErrDamaged means that an object's bytes are not what was written under its
// name.
var ErrDamaged = errors.New("the document in the bucket was moved or damaged")

const (
	hintRestore = "restore the document from a backup of the bucket"
	hintRights  = "an administrator: check the access key, its rights to list, read, write and delete, and this machine's clock"
	hintAddress = "an administrator: check the documents' address: bucket, endpoint, region and path style"
	hintOwner   = "the owner of the object store: it answers against the protocol"
	hintStore   = "when it lasts, the owner of the object store"
	hintSlow    = "when it lasts, the owner of the object store; documents.timeout bounds a call"
)

var errNoCredentials = errors.New("no credentials for the object store could be found")

func absent() *fault.Fault {
	return &fault.Fault{Kind: fault.Defect, Code: "absent", Hint: hintRestore, Err: ErrAbsent}
}

// codeForm keeps what another side made up out of logs and metrics.
var codeForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]{1,39}$`)

var (
	throttled = []string{"SlowDown", "Throttling", "ThrottlingException", "TooManyRequests", "RequestLimitExceeded", "BandwidthLimitExceeded"}
	again     = []string{"BadDigest", "IncompleteBody", "RequestTimeout", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch", "InvalidDigest"}
	addresses = []string{
		"NoSuchBucket", "InvalidBucketName", "PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed",
		"IllegalLocationConstraintException", "InvalidBucketState", "AllAccessDisabled", "MethodNotAllowed", "NotImplemented",
	}
	rights = []string{
		"AccessDenied", "Forbidden", "Unauthorized", "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken",
		"RequestTimeTooSkewed", "AccountProblem", "InvalidSecurity", "NotSignedUp",
	}
)

func (s *s3Side) fault(err error) *fault.Fault {
	if errors.Is(err, errNoCredentials) {
		return &fault.Fault{Kind: fault.Misconfigured, Code: "no_credentials", Hint: hintRights, Err: errNoCredentials}
	}
	code, status, head := "", 0, false
	if e, ok := errors.AsType[smithy.APIError](err); ok && codeForm.MatchString(e.ErrorCode()) {
		code = e.ErrorCode()
	}
	if e, ok := errors.AsType[*smithyhttp.ResponseError](err); ok && e.Response != nil {
		status = e.HTTPStatusCode()
		// Only an answer to HEAD cannot say what is missing.
		head = e.Response.Request != nil && e.Response.Request.Method == http.MethodHead
	}
	if status == 0 {
		return transportFault(err)
	}
	f := &fault.Fault{Kind: fault.Unavailable, Code: code, Hint: hintStore, Err: fmt.Errorf("the object store answered %d", status)}
	if f.Code == "" || f.Code == "UnknownError" {
		f.Code = fmt.Sprint(status)
	}
	has := func(list []string) bool { return slices.Contains(list, code) }
	switch {
	case code == "NoSuchKey", head && status == http.StatusNotFound:
		return absent()
	case has(throttled), status == http.StatusTooManyRequests:
		f.Kind = fault.Throttled
	case has(addresses), status == http.StatusNotFound, status == http.StatusMethodNotAllowed, status == http.StatusNotImplemented, status/100 == 3:
		f.Kind, f.Hint = fault.Misconfigured, hintAddress
	case has(rights), status == http.StatusUnauthorized, status == http.StatusForbidden:
		f.Kind, f.Hint = fault.Misconfigured, hintRights
	case status >= 500, has(again), status == http.StatusRequestTimeout:
	case status/100 == 2:
		f.Code, f.Err = "not_s3", errors.New("the answer is not an object store's, or was cut off")
	default:
		f.Kind, f.Hint = fault.Breach, hintOwner
	}
	return f
}

// transportFault names what broke in words of ours: errors of the transport
// print addresses.
func transportFault(err error) *fault.Fault {
	f := &fault.Fault{Kind: fault.Unavailable, Hint: hintStore}
	say := func(code, text string) *fault.Fault {
		f.Code, f.Err = code, errors.New(text)
		return f
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return say("dns", "the object store's host name does not resolve")
	}
	if n, ok := errors.AsType[net.Error](err); errors.Is(err, context.DeadlineExceeded) || ok && n.Timeout() {
		f.Code, f.Hint, f.Err = "timeout", hintSlow, context.DeadlineExceeded
		return f
	}
	if isTLS(err) {
		f.Hint = "an administrator: check the object store's certificate and the authorities trusted for it"
		return say("tls", "the TLS handshake with the object store failed")
	}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return say("refused", "the object store refused the connection")
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return say("reset", "the connection to the object store was reset")
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return say("cut_off", "the object store's answer was cut off")
	}
	return say("transport", "the exchange with the object store broke off")
}

func isTLS(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return true
	}
	_, ok := errors.AsType[tls.AlertError](err)
	return ok
}
