package event

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/saylovhub/hub/contracts"
	"github.com/saylovhub/hub/contracts/schema"
)

const schemas = "messages/event/"

var compile = sync.OnceValues(func() (map[string]*schema.Schema, error) {
	files, err := contracts.EventSchemas.ReadDir(strings.TrimSuffix(schemas, "/"))
	if err != nil {
		return nil, fmt.Errorf("reading the schemas of events: %w", err)
	}
	out := map[string]*schema.Schema{}
	for _, f := range files {
		raw, err := contracts.EventSchemas.ReadFile(schemas + f.Name())
		if err != nil {
			return nil, fmt.Errorf("reading the schemas of events: %w", err)
		}
		name := strings.TrimSuffix(f.Name(), ".schema.json")
		if out[name], err = schema.Compile(f.Name(), raw); err != nil {
			return nil, err
		}
	}
	return out, nil
})

// Check holds a published event, bytes as they came, against the schema of the
// envelope and that of its type. It is for tests and for subscribers; the hub
// itself writes nothing but facts, of which tests hold that they fit.
func Check(raw []byte) error {
	known, err := compile()
	if err != nil {
		return err
	}
	if err := fits(known["envelope"], "the envelope", raw); err != nil {
		return err
	}
	var e Envelope
	if err := json.Unmarshal(raw, &e); err != nil {
		return fmt.Errorf("reading the event: %w", err)
	}
	s, ok := known[string(e.Type)]
	if !ok {
		return fmt.Errorf("there is no schema for %s", e.Type)
	}
	if e.DataSchema != SchemaOf(e.Type) {
		return fmt.Errorf("an event of type %s names the schema %s", e.Type, e.DataSchema)
	}
	return fits(s, "the data of "+string(e.Type), e.Data)
}

func fits(s *schema.Schema, what string, raw []byte) error {
	problems, err := s.Check(raw)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	var all []error
	for _, p := range problems {
		all = append(all, fmt.Errorf("%s, %s: %s", what, p.Field, p.Want))
	}
	return errors.Join(all...)
}
