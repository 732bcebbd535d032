package intake

import (
	"encoding/json"
	"fmt"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// form reads the document and checks it against its type's form.
func (in *Intake) form(document []byte) (dossier.Form, catalogue.Type, error) {
	var head struct {
		Type *string `json:"type"`
	}
	if err := dossier.CheckJSON(document); err != nil {
		return dossier.Form{}, catalogue.Type{}, err
	}
	if err := json.Unmarshal(document, &head); err != nil || head.Type == nil {
		return dossier.Form{}, catalogue.Type{}, dossier.Refuse(dossier.UnknownType, "/type", "want the id of an application type")
	}
	t, ok := in.Catalogue.Type(*head.Type)
	if !ok {
		return dossier.Form{}, catalogue.Type{}, dossier.Refuse(dossier.UnknownType, "/type", fmt.Sprintf("want one of %v", in.Catalogue.Types()))
	}
	problems, err := in.Catalogue.Form(t).Check(document)
	if err != nil {
		return dossier.Form{}, t, dossier.Refuse(dossier.NotJSON, "/document", "want one JSON object (base64)")
	}
	if len(problems) > 0 {
		return dossier.Form{}, t, &dossier.Refusal{Code: dossier.BadForm, Detail: "the application does not fit its form", Problems: problems}
	}
	f, err := dossier.ReadForm(document)
	if err != nil {
		return dossier.Form{}, t, dossier.Refuse(dossier.BadForm, "/document", "want dates as YYYY-MM-DD")
	}
	return f, t, nil
}
