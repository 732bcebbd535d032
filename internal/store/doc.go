// Package store keeps everything the hub must not lose, in one of two databases
// under one SQL text. SQLite: WAL, synchronous=FULL, one writer with group commit,
// separate readers, one process at a time. PostgreSQL: any number of processes, a
// transaction an operation, READ COMMITTED; whoever reads, decides and writes
// locks what it decides about, processes tell each other of news by LISTEN and
// NOTIFY. What differs is the engine's and the dialect's. Personal data goes in
// sealed and comes out clear; whoever needs something of the store states it as
// an interface and the store implements it. Dates are Unix milliseconds, ids are
// UUIDv7 text.
//
// Placeholders are ? or ?1; nothing of one database's own is used: no scalar max,
// no JSON functions, no rowid; a parameter whose type nothing tells is CAST.
package store
