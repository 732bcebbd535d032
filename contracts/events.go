package contracts

import "embed"

// AsyncAPI describes the events that the hub tells others, over the broker and
// over HTTP.
//
//go:embed asyncapi.yaml
var AsyncAPI []byte

// EventSchemas holds messages/event/TYPE.schema.json, the JSON Schema of each
// type's data, and messages/event/envelope.schema.json.
//
//go:embed messages/event/*.schema.json
var EventSchemas embed.FS
