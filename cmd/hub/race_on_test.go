//go:build race

package main

// slower is how much slower the race detector makes a hub on SQLite, which is
// translated C: about this much and more.
const slower = 5
