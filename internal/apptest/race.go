//go:build race

package apptest

// Raced says that the race detector makes everything several times slower.
const Raced = true
