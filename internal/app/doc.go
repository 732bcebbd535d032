// Package app wires the hub: which connectors, stages and stores there are, and
// in what order they start and stop. It holds no logic of the pipelines.
package app
