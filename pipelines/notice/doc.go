// Package notice sends SMS. A notice is made once, in the transaction of what
// it tells about; its message id is chosen then. Before the provider is called
// the state `sending` is committed, so that a notice found `sending` is an
// unknown outcome: it is repeated with the same message id only at a provider
// that deduplicates, else it waits for a person. Never a second SMS.
package notice
