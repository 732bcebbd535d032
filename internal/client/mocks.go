package client

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/saylovhub/hub/contracts/civil"
)

// Mocks speaks the control addresses of the mock systems, in whatever process
// they run.
type Mocks struct {
	Portal, EDS, SMS, OneID, Eskiz string // addresses; SMS is Playmobile
}

func control(address string) *Client { return New(address, "") }

// Person is a made-up person with a known story.
type Person struct {
	Story      string     `json:"story"`
	Text       string     `json:"text"`
	PINFL      string     `json:"pinfl"`
	Document   string     `json:"document"`
	BirthDate  civil.Date `json:"birth_date"`
	Phone      string     `json:"phone"`
	Surname    string     `json:"surname"`
	GivenName  string     `json:"given_name"`
	Patronymic string     `json:"patronymic"`
	TIN        string     `json:"organisation_tin"`
}

// Person returns the person of a story.
func (m Mocks) Person(ctx context.Context, story string) (Person, error) {
	var p Person
	return p, control(m.Portal).do(ctx, http.MethodGet, "/_mock/people?story="+url.QueryEscape(story), "", nil, &p)
}

// Sign signs a document as the person of a story.
func (m Mocks) Sign(ctx context.Context, story string, document []byte, detached bool) ([]byte, error) {
	var out struct {
		PKCS7 string `json:"pkcs7"`
	}
	err := control(m.EDS).do(ctx, http.MethodPost, "/_mock/sign", "", map[string]any{"as": story, "document": b64(document), "detached": detached}, &out)
	if err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(out.PKCS7)
}

// Fault makes an operation of the portal fail in a way.
func (m Mocks) Fault(ctx context.Context, operation, kind string) error {
	return control(m.Portal).do(ctx, http.MethodPost, "/_mock/faults", "", map[string]string{"operation": operation, "kind": kind}, nil)
}

// Heal ends the portal's faults of an operation.
func (m Mocks) Heal(ctx context.Context, operation string) error {
	return control(m.Portal).do(ctx, http.MethodDelete, "/_mock/faults?operation="+url.QueryEscape(operation), "", nil, nil)
}

// Inbox returns what the SMS gateway took, as its control address shows it.
func (m Mocks) Inbox(ctx context.Context) (json.RawMessage, error) {
	var raw json.RawMessage
	return raw, control(m.SMS).do(ctx, http.MethodGet, "/_mock/inbox", "", nil, &raw)
}
