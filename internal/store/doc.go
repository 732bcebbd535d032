// Package store keeps everything the hub must not lose, here in SQLite: WAL,
// synchronous=FULL, one writer with group commit, separate readers, one process
// at a time. Personal data goes in sealed and comes out clear; whoever needs
// something of the store states it as an interface and the store implements
// it. Dates are Unix milliseconds, ids are UUIDv7 text.
package store
