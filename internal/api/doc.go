// Package api serves the hub's HTTP API as contracts/openapi.yaml says: every
// request is validated against it, every operation of it has a handler here,
// every refusal is a problem document. The package decides nothing: it reads
// requests, asks the pipelines, and words their answers.
package api
