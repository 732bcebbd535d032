package seal

import (
	"encoding/hex"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/saylovhub/hub/contracts/fault"
)

const (
	system = "seal"
	header = "%PDF-"
	// maxText bounds name, reason and location, in characters.
	maxText = 500
	// maxFile bounds a file: ten digits of a cross-reference table, and memory.
	maxFile = 512 << 20
)

// traces are what every seal leaves in the open; a file that holds one of them
// anywhere is not sealed again, so that a sealed file holds each exactly once.
var traces = []string{"/ByteRange", "/SubFilter", "/SigFlags"}

// The signature dictionary, in the one form that is written and accepted.
// Changing it means that Verify must know both.
const (
	dictionary = "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/ByteRange["
	rangeWidth = 40 // of the numbers, blanks behind them
	contents   = "]/Contents<"
	timeForm   = "/M(D:20060102150405+00'00')" // directly behind the contents
)

// Options of a seal. Name is who seals, Reason why, Location where, as viewers
// show them; empty ones are left out.
type Options struct {
	At       time.Time // of the seal, to the second; required
	Name     string
	Reason   string
	Location string
}

// Seal returns the file with the seal behind it. It takes a file of one
// revision with a classic cross-reference table, as the browser prints and
// package pdf finishes it, and refuses as rejected what is sealed, encrypted,
// linearised or of another layout. A certificate that is not in force at o.At
// is misconfigured. The sealed file is longer by some kilobytes: about 1 KB, and
// the certificates twice.
func (s *Signer) Seal(pdf []byte, o Options) ([]byte, error) {
	if o.At.IsZero() || o.At.Year() < 1 || o.At.Year() > 9999 {
		return nil, place(fault.Defect, errors.New("the time of the seal is not set"))
	}
	if err := s.Check(o.At.Truncate(time.Second)); err != nil {
		return nil, err
	}
	return s.seal(pdf, o)
}

// seal is Seal without a look at the certificate's dates.
func (s *Signer) seal(pdf []byte, o Options) ([]byte, error) {
	if len(pdf) > maxFile {
		return nil, place(fault.Rejected, fmt.Errorf("the file is larger than %d bytes", maxFile))
	}
	for _, t := range []string{o.Name, o.Reason, o.Location} {
		if !utf8.ValidString(t) || utf8.RuneCountInString(t) > maxText {
			return nil, place(fault.Rejected, fmt.Errorf("name, reason or location is no text of at most %d characters", maxText))
		}
	}
	b, err := read(pdf)
	if err != nil {
		return nil, place(fault.Rejected, fmt.Errorf("reading the file: %w", err))
	}
	u := &update{base: b, out: make([]byte, 0, len(pdf)+2*s.room+8192)}
	if err := u.write(s.room, o); err != nil {
		return nil, place(fault.Rejected, fmt.Errorf("reading the file: %w", err))
	}
	before, behind := u.contents, u.contents+2*s.room+2
	numbers := fmt.Sprintf("0 %d %d %d", before, behind, len(u.out)-behind)
	copy(u.out[u.ranges:], numbers)
	digest := s.algorithm.hash.New()
	digest.Write(u.out[:before])
	digest.Write(u.out[behind:])
	cms, err := s.sign(digest.Sum(nil))
	if err != nil {
		return nil, place(fault.Defect, err)
	}
	if len(cms) > s.room {
		return nil, place(fault.Defect, fmt.Errorf("the CMS takes %d bytes, %d are reserved", len(cms), s.room))
	}
	hex.Encode(u.out[before+1:], cms)
	return u.out, nil
}

func place(k fault.Kind, err error) error {
	return &fault.Fault{Kind: k, System: system, Operation: "seal", Err: err}
}
