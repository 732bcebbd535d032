// Package checks asks the registers about the subjects of an application: one
// job a check, each operation of a register a stage of its own, findings
// gathered into assessments. Whatever ends a check raises the subject's
// findings version; when none is open, or the deadline has passed, that version
// is assessed. Late and replayed findings make the next revision by the same
// rule.
package checks
