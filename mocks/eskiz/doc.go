// Package eskiz is a mock of the Eskiz gateway (notify.eskiz.uz): tokens,
// sending one message or a batch, status and lists, the account, callbacks. It
// does not look at the sender's ids: a message sent twice arrives twice. What
// is not public of the real one stands in assumed.go.
package eskiz
