// Package demo plays the main job in one go, as a commission application and
// its commission would: over HTTP, signed, against the mock systems. Its
// applications are the readable files in scenario/; people are named there by
// story and dates relative to the election's day (E-10), and are filled in
// before signing.
package demo
