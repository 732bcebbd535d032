package eds_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/connectors/call/calltest"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/signature"
)

// What the ninth check wants stored, of good and of bad verdicts.
func TestEvidence(t *testing.T) {
	t.Parallel()
	first, second := signer(one, "ab"), signer(two, "cd")
	first["OCSPResponse"] = "b2NzcA=="
	first["statusUpdatedAt"] = "2026-11-22 11:50:00"
	second["signingTime"] = "2026-11-22 11:57:00"
	second["timeStampInfo"].(object)["time"] = "2026-11-22 11:59:30"
	at := func(h, m, s int) time.Time { return time.Date(2026, 11, 22, h, m, s, 0, civil.Tashkent) }
	hash := sha256.Sum256(document)
	want := signature.Evidence{
		Document: hex.EncodeToString(hash[:]), Claimed: at(11, 57, 0), Stamped: at(11, 59, 30), Updated: at(11, 50, 0), Verified: noon,
	}
	for name, status := range map[string]int{"good": 1, "bad": -10} {
		body := answer(status, first, second)
		v, err := client(t, calltest.With(200, text(t, body))).VerifyAttached(t.Context(), []byte("der"), document, both)
		if err != nil || v.Trusted != (status == 1) || len(v.Signers) != 2 {
			t.Fatalf("%s: %+v, %v", name, v, err)
		}
		var got object
		if err := json.Unmarshal(v.Evidence.Answer, &got); err != nil {
			t.Fatal(err)
		}
		var sent object
		if err := json.Unmarshal([]byte(text(t, body)), &sent); err != nil {
			t.Fatal(err)
		}
		delete(sent["pkcs7Info"].(object), "documentBase64")
		if d := cmp.Diff(sent, got); d != "" {
			t.Errorf("%s: the answer (-want +got)\n%s", name, d)
		}
		v.Evidence.Answer = nil
		if d := cmp.Diff(want, v.Evidence); d != "" {
			t.Errorf("%s (-want +got)\n%s", name, d)
		}
	}
}

// The document is kept elsewhere, however its key is written.
func TestEvidenceHoldsNoDocument(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"of another case": `{"status":-10,"PKCS7info":{"DocumentBASE64":"cWFyb3I="}}`,
		"a total failure": `{"status":-10,"failedSignerInfo":{"exception":"x"}}`,
		"null":            `{"status":-10,"pkcs7Info":null}`,
	} {
		v, err := client(t, calltest.With(200, body)).VerifyDetached(t.Context(), document, []byte("der"), either)
		if err != nil || v.Reason != signature.Invalid || !json.Valid(v.Evidence.Answer) || strings.Contains(string(v.Evidence.Answer), "cWFyb3I") {
			t.Errorf("%s: %s %+v, %v", name, v.Evidence.Answer, v, err)
		}
	}
	v, err := client(t, calltest.With(200, `{"status":-10,"failedSignerInfo":{"exception":"x"}}`)).VerifyDetached(t.Context(), document, []byte("der"), either)
	if err != nil || !strings.Contains(string(v.Evidence.Answer), "failedSignerInfo") {
		t.Errorf("why a total failure failed is not kept: %s, %v", v.Evidence.Answer, err)
	}
}

// What is kept for good is bounded: in length and in signers.
func TestEvidenceIsBounded(t *testing.T) {
	t.Parallel()
	long := signer(one, "ab")
	long["OCSPResponse"] = strings.Repeat("A", 5<<20)
	many := make([]object, 65)
	for i := range many {
		many[i] = signer(one, "ab")
	}
	for name, body := range map[string]object{"long": answer(1, long), "many": answer(1, many...)} {
		if v, err := client(t, calltest.With(200, text(t, body))).VerifyAttached(t.Context(), []byte("der"), document, either); fault.KindOf(err) != fault.Breach {
			t.Errorf("%s: %q, %v", name, v.Reason, err)
		}
	}
	named := signer(one, "ab")
	named["certificate"].([]any)[0].(object)["subjectInfo"].(object)["CN"] = strings.Repeat("Ғ", 5000)
	v, err := client(t, calltest.With(200, text(t, answer(1, named)))).VerifyAttached(t.Context(), []byte("der"), document, either)
	if err != nil || len([]rune(v.Signers[0].Name)) != 256 {
		t.Errorf("a name of %d letters, %v", len([]rune(v.Signers[0].Name)), err)
	}
}
