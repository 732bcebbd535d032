package verify

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/saylovhub/hub/pipelines/issuing"
	"github.com/saylovhub/hub/renderer/pdf"
	"github.com/saylovhub/hub/renderer/seal"
)

// DataName is the file in which a PDF carries its own data.
const DataName = "data.json"

const (
	whatFile = "file"
	whatSeal = "seal"
	whatData = "attached data"
	whatText = "text of the page"
)

// CodeIn returns the text of the QR code that a PDF says it carries; empty: none.
func CodeIn(raw []byte) string {
	info, err := pdf.Read(raw)
	if err != nil {
		return stray(raw)
	}
	return info.Code
}

// address is how a code stands in a file that cannot be read as one of ours.
var address = regexp.MustCompile(`HTTPS?://[A-Z0-9.:/\-]{3,200}/V/[A-Z2-7]{100,800}`)

func stray(raw []byte) string {
	if m := address.Find(raw); m != nil && issuing.Shaped(string(m)) {
		return string(m)
	}
	return ""
}

// File checks a PDF: its code, its seal, the data it carries and what its pages
// show. Genuine means that the hub signed the code and that the file is to the
// last byte as it was issued, which only a seal that is vouched for or the hub
// itself proves.
func File(raw []byte, b Basis) Report {
	r := Report{Of: "file", SHA256: SHA256(raw), Checks: []Check{}, CheckedAt: b.Now.UTC().Truncate(time.Second)}
	info, ok := b.read(&r, raw)
	if !ok {
		return r.close()
	}
	if info.Code == "" {
		r.check(whatCode, Failed, "the file carries none")
		b.seal(&r, raw, "")
		r.find(IsUnknown, "the file carries no code of a hub: type the one that is printed on the paper")
		return r.close()
	}
	c, good := b.code(&r, info.Code)
	proved := b.seal(&r, raw, c.Commission)
	if good {
		content(&r, raw, info, c, proved)
	}
	if b.Answer != nil && b.Answer.File == "same" {
		r.check(whatFile, Passed, "the hub issued this very file")
		proved = true
	}
	switch {
	case proved:
		r.find(IsGenuine, "the hub signed its code, and the file is as it was issued")
	case b.Answer != nil:
		r.find(IsUnknown, "the code is good, but nothing proves that the file is as it was issued")
	default:
		r.open("whether the file is as it was issued: give the certificates that vouch for its seal, or ask the hub")
		r.find(IsUnknown, "the code is good; whether the file is as it was issued is not known offline")
	}
	return r.close()
}

// read takes the file apart. One that cannot be read as a hub's, yet carries a
// code, was one before some program changed it.
func (b Basis) read(r *Report, raw []byte) (pdf.Info, bool) {
	if !bytes.HasPrefix(raw, []byte("%PDF-")) {
		r.check(whatFile, Failed, "it is not a PDF")
		r.find(IsUnknown, "this is not a PDF")
		return pdf.Info{}, false
	}
	info, err := pdf.Read(raw)
	if err == nil {
		return info, true
	}
	if errors.Is(err, pdf.ErrEncrypted) {
		r.check(whatFile, NotChecked, "it is encrypted")
		r.open("anything about an encrypted file: type the code that is printed on it")
		r.find(IsUnknown, "the file is encrypted: neither its code nor a seal can be read")
		return info, false
	}
	r.check(whatFile, Failed, "it is not in the form that the hub writes")
	if text := stray(raw); text != "" {
		b.code(r, text)
		b.seal(r, raw, "")
		r.find(IsAltered, "it carries a code, but it is not as the hub wrote it: damaged, altered or saved by another program")
	} else {
		r.find(IsUnknown, "this is not a document of a hub")
	}
	return info, false
}

// seal reports whether a seal proves every byte of the file.
func (b Basis) seal(r *Report, raw []byte, commission string) bool {
	s, err := seal.Verify(raw, b.Keys.Seals)
	if err != nil {
		r.check(whatSeal, NotChecked, "the file carries none")
		return false
	}
	by := s.Organisation
	if by == "" {
		by = s.Signer
	}
	if s.Genuine {
		r.SealedBy = by + ", certificate " + s.Serial + ", " + s.At.UTC().Format(time.RFC3339)
	}
	if !s.Genuine || !s.Whole {
		r.check(whatSeal, Failed, sealProblems[s.Problem])
		r.find(IsAltered, "the file is not as it was sealed: "+sealProblems[s.Problem])
		return false
	}
	if !s.Trusted && b.Keys.Seals == nil {
		r.check(whatSeal, NotChecked, "it fits the file, but no certificates were given that vouch for who sealed it")
		return false
	}
	if !s.OK() {
		r.check(whatSeal, Failed, sealProblems[s.Problem])
		r.find(IsUnknown, "nobody vouches for the seal: "+sealProblems[s.Problem])
		return false
	}
	switch allowed, known := b.Keys.SealedBy.may(commission, by); {
	case !known:
		r.check(whatSeal, Passed, "by "+by+", whom the given certificates vouch for; is it who should?")
	case !allowed:
		r.check(whatSeal, Failed, by+" does not seal for this commission")
		r.find(IsUnknown, "somebody sealed it who does not seal for this commission")
		return false
	default:
		r.check(whatSeal, Passed, "by "+by)
	}
	return true
}

var sealProblems = map[string]string{
	seal.ProblemForm:      "the seal is damaged or not in the form that the hub writes",
	seal.ProblemSeveral:   "it carries more than one seal",
	seal.ProblemCut:       "the file is cut off",
	seal.ProblemAltered:   "its bytes are not those that were sealed",
	seal.ProblemSignature: "the signature of the seal does not fit",
	seal.ProblemAppended:  "something was added after it was sealed",
	seal.ProblemUsage:     "the certificate of the seal does not permit sealing",
	seal.ProblemExpired:   "the certificate was not in force at the time of the seal",
	seal.ProblemUntrusted: "the certificate does not lead to an authority that was given",
}

// content compares what the file carries and shows with the code.
func content(r *Report, raw []byte, info pdf.Info, c issuing.Code, proved bool) {
	number := ""
	if numbered(c.Kind) {
		number = issuing.Number(c.Number)
	}
	if !slices.Contains(info.Attachments, DataName) {
		r.check(whatData, NotChecked, "the file carries none")
	} else if data, err := pdf.Attached(raw, DataName); err != nil {
		r.check(whatData, Failed, "they cannot be read")
		r.find(IsAltered, "the data that the file carries are damaged")
	} else if hash, err := issuing.DataHash(data); err != nil || [16]byte(hash[:16]) != c.DataHash {
		r.check(whatData, Failed, "they are not what the code was made over")
		r.find(IsAltered, "the data that the file carries are not those of its code")
	} else {
		r.check(whatData, Passed, "they are what the code was made over")
		var own struct {
			Number any `json:"number"`
		}
		if json.Unmarshal(data, &own) == nil {
			if n, ok := own.Number.(string); ok && n != "" {
				number = n
			}
		}
	}
	if proved {
		r.check(whatText, Passed, "the seal covers it")
		return
	}
	shown(r, raw, info, number)
}

// shown looks for the number in the title and on the pages.
func shown(r *Report, raw []byte, info pdf.Info, number string) {
	if number == "" {
		r.check(whatText, NotChecked, "nothing is known that it must show")
		return
	}
	text, err := pdf.Text(raw)
	if err != nil {
		r.check(whatText, NotChecked, "it cannot be read")
		return
	}
	sign := regexp.MustCompile(`(^|[^0-9])` + regexp.QuoteMeta(number) + `($|[^0-9])`)
	_, titled, hasNumber := strings.Cut(info.Title, "№")
	switch {
	case !sign.MatchString(strings.Join(strings.Fields(text), " ")):
		r.check(whatText, Failed, "it does not show number "+number)
		r.find(IsAltered, "the page does not show the number of its code")
	case hasNumber && !sign.MatchString(titled):
		r.check(whatText, Failed, "the title names another number than "+number)
		r.find(IsAltered, "the title does not name the number of its code")
	default:
		r.check(whatText, Passed, "it shows number "+number)
	}
}
