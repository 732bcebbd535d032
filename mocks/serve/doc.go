// Package serve is what all mock systems have in common: a real HTTP server on
// an address of one's choice, faults on demand before and behind the handler,
// a journal of calls, and the control endpoints under /_mock/.
package serve
