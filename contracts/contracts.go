// Package contracts holds what is agreed with others: the HTTP API here, the
// catalogue, the kinds of failure and the shared nouns in the packages below.
// It imports nothing of the project outside contracts.
package contracts

import _ "embed"

// OpenAPI is the hub's HTTP API, written before the code that serves it.
//
//go:embed openapi.yaml
var OpenAPI []byte

// DecisionForm is the JSON Schema of a signed decision.
//
//go:embed messages/decision.schema.json
var DecisionForm []byte
