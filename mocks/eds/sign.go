package eds

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/smallstep/pkcs7"

	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/mocks/population"
	"github.com/saylovhub/hub/mocks/serve"
)

// Flaw is something wrong with a signature, on purpose.
type Flaw string

// The flaws.
const (
	Sound          Flaw = ""
	Untrusted      Flaw = "untrusted"       // certificate of a CA that nobody trusts
	Tampered       Flaw = "tampered"        // the signature value was altered
	Substituted    Flaw = "substituted"     // the attached document was altered after signing
	WrongSigner    Flaw = "wrong-signer"    // signed with another key than the certificate's
	NoPINFL        Flaw = "no-pinfl"        // old certificate without a PINFL
	UntrustedStamp Flaw = "untrusted-stamp" // time stamp of an authority that nobody trusts
	AlienStamp     Flaw = "alien-stamp"     // time stamp given over another signature
)

// Flaws lists every flaw.
func Flaws() []Flaw {
	return []Flaw{Sound, Untrusted, Tampered, Substituted, WrongSigner, NoPINFL, UntrustedStamp, AlienStamp}
}

// Order says what to sign and how. As is a story, or a PINFL of anybody.
type Order struct {
	As       string
	Document []byte
	Detached bool
	NoStamp  bool      // leave the time stamp out
	At       time.Time // signer's clock and stamp; zero: now
	Flaw     Flaw
}

// Sign signs a document as a story and adds a time stamp; the envelope is DER.
func (s *Server) Sign(story string, document []byte, detached bool) ([]byte, error) {
	return s.SignOrder(Order{As: story, Document: document, Detached: detached})
}

// ErrNobody means that an order names neither a story nor a known PINFL.
var ErrNobody = errors.New("no such story")

func (s *Server) person(as string) (*population.Person, error) {
	if p := s.o.Population.ByStory(as); p != nil {
		return p, nil
	}
	if p := s.o.Population.ByPINFL(personal.PINFL(as)); p != nil {
		return p, nil
	}
	return nil, ErrNobody
}

// SignOrder signs as Sign does, with whatever the order asks to be different.
// "untrusted" and "tampered" may stand for a story: the first chair with that flaw.
func (s *Server) SignOrder(o Order) ([]byte, error) {
	if o.As == string(Untrusted) || o.As == string(Tampered) {
		o.As, o.Flaw = "chair-tec", Flaw(o.As)
	}
	if !slices.Contains(Flaws(), o.Flaw) {
		return nil, fmt.Errorf("unknown flaw; have %v", Flaws())
	}
	p, err := s.person(o.As)
	if err != nil {
		return nil, err
	}
	if len(o.Document) == 0 {
		return nil, errors.New("the document is empty")
	}
	if o.At.IsZero() {
		o.At = s.o.Now()
	}
	ca := s.trusted
	if o.Flaw == Untrusted {
		ca = s.untrusted
	}
	h, err := ca.of(p, o.Flaw == NoPINFL)
	if err != nil {
		return nil, err
	}
	if o.Flaw == WrongSigner {
		other, err := newKey(s.o.Population.Seed, "nobody's")
		if err != nil {
			return nil, err
		}
		if signsRSA(p) { // of the same kind, so that only the key is wrong
			other, err = newRSAKey(s.o.Population.Seed, "nobody's")
		}
		if err != nil {
			return nil, err
		}
		h = &holder{key: other, cert: h.cert, issuer: h.issuer}
	}
	e, err := h.sign(pkcs7.OIDData, o.Document, o.At)
	if err != nil {
		return nil, err
	}
	if o.Flaw == Tampered { // before the stamp: the stamp itself stays good
		e.signers[0].Signature[len(e.signers[0].Signature)-1] ^= 0x55
	}
	if !o.NoStamp {
		if err := s.stampWith(e, o); err != nil {
			return nil, err
		}
	}
	switch {
	case o.Detached:
		e.content = nil
	case o.Flaw == Substituted:
		e.content = append(slices.Clone(e.content), ' ')
	}
	return e.marshal()
}

func (s *Server) stampWith(e *envelope, o Order) error {
	tsa := s.trusted
	if o.Flaw == UntrustedStamp {
		tsa = s.untrusted
	}
	if o.Flaw == AlienStamp {
		good := e.signers[0].Signature
		e.signers[0].Signature = append(slices.Clone(good), 0)
		defer func() { e.signers[0].Signature = good }()
	}
	_, err := tsa.stamp(e, o.At)
	return err
}

// control answers POST /_mock/sign, /_mock/seal and /_mock/revoke.
func (s *Server) control() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /_mock/sign", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			As       string `json:"as"`
			Document []byte `json:"document"` // base64
			Detached bool   `json:"detached"`
			NoStamp  bool   `json:"no_timestamp"`
			Flaw     Flaw   `json:"flaw"`
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			serve.JSON(w, http.StatusBadRequest, map[string]string{"error": `want {"as": story, "document": base64, "detached": bool}`})
			return
		}
		der, err := s.SignOrder(Order{As: in.As, Document: in.Document, Detached: in.Detached, NoStamp: in.NoStamp, Flaw: in.Flaw})
		if err != nil {
			serve.JSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
			return
		}
		serve.JSON(w, http.StatusOK, map[string]string{"pkcs7": base64.StdEncoding.EncodeToString(der)})
	})
	mux.HandleFunc("POST /_mock/seal", s.controlSeal)
	mux.HandleFunc("POST /_mock/revoke", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			As string `json:"as"`
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			serve.JSON(w, http.StatusBadRequest, map[string]string{"error": `want {"as": story}`})
			return
		}
		if err := s.Revoke(in.As); err != nil {
			serve.JSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}
