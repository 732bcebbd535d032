// Package call is the one resilient way out of the hub: every connector makes
// its HTTP exchanges through a Caller, one per operation of an outside system.
//
// Layers, outermost first: total deadline, bulkhead with two lanes, a short
// retry of what is safe to repeat, circuit breaker (each try counts), rate
// limit, time-out per try, transport. What goes wrong comes back as a
// *fault.Fault whose text holds no address, header, body or personal datum.
// The package refuses to wait long: hours of patience belong to the job store.
package call
