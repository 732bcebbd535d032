// Package exchange keeps the record of calls to outside systems: one line a
// call, its bodies sealed and wiped after a time. It is for finding out why
// something went wrong; what was asked about whom is proved by the audit log,
// which is written before the call. A record never holds up a call: when the
// store cannot keep pace, records are dropped and counted.
package exchange
