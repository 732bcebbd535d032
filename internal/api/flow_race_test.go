//go:build race

package api

// raced: the race detector makes everything several times slower.
const raced = true
