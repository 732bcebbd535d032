// Package queue runs the pipelines' stages. A job is a row, and the row is the
// truth; a hint is a message that says "there is work in this stage" and
// carries nothing else. Watermill's Router hands hints to handlers, a handler
// claims the best row under a lease, calls out with no transaction open, and
// finishes in one fenced transaction. Delay, retry and replay are the same row
// with another due time. The package states what it needs of a store (Store,
// Tx) and of a transport (Transport); it knows neither.
package queue
