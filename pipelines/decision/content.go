package decision

import (
	"encoding/json"
	"fmt"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/schema"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// Content is a decision as it is signed.
type Content struct {
	Application string     `json:"application"`
	Number      string     `json:"number"`
	Date        civil.Date `json:"date"`
	DraftedBy   string     `json:"drafted_by"`
	Subjects    []Part     `json:"subjects,omitempty"`
	Whole       *Part      `json:"whole,omitempty"` // of an application that names nobody, and of a whole list
}

// Part is what is decided about one subject, or about the whole.
type Part struct {
	Ref      string            `json:"ref,omitempty"` // of the subject; the whole has none
	Revision int               `json:"revision"`      // of the assessment it stands on; 0: the whole has no rules
	Outcome  catalogue.Outcome `json:"outcome"`
	Reason   string            `json:"reason,omitempty"` // code of a refusal
}

// readContent reads signed bytes that fit the form.
func readContent(form *schema.Schema, document []byte) (Content, error) {
	var c Content
	if err := dossier.CheckJSON(document); err != nil {
		return c, err
	}
	if err := checkForm(form, document); err != nil {
		return c, err
	}
	if err := json.Unmarshal(document, &c); err != nil {
		return c, dossier.Refuse(dossier.BadForm, "/date", "want YYYY-MM-DD")
	}
	return c, nil
}

func checkForm(form *schema.Schema, document []byte) error {
	problems, err := form.Check(document)
	if err != nil {
		return dossier.Refuse(dossier.NotJSON, "/document", "want one JSON object (base64)")
	}
	if len(problems) > 0 {
		return &dossier.Refusal{Code: dossier.BadForm, Detail: "the decision does not fit its form", Problems: problems}
	}
	return nil
}

// write gives the bytes that are to be signed.
func (c Content) write() ([]byte, error) {
	raw, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("writing a decision: %w", err)
	}
	return raw, nil
}
