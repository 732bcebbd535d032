// Package decision takes what a commission decides: drafted by its deputy chair
// or secretary, confirmed with the EDS of its chair or deputy chair, per
// subject, citing the assessment's revision it stood on. A good signature
// executes it in one transaction: roles are taken, numbers are to be reserved,
// refusals are announced. It also records the commission's confirmations of
// papers, which are proofs.
package decision
