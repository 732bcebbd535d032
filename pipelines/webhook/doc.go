// Package webhook tells other programs of events over HTTP. A dispatcher follows
// the stream of events for each webhook by position and writes, in one
// transaction, what is to be delivered, the jobs that do so and the position:
// an event is delivered at least once, also over crashes. A delivery is the
// CloudEvent as JSON, signed with the webhook's secret (HMAC-SHA256 over id,
// time and body, the way of standardwebhooks.com), so that a receiver can tell
// who sent it and when. A receiver that fails is tried again by the queue's
// policy and holds up no other.
package webhook
