// Package intake is the door for applications: what is not its route, not its
// form, late, or not signed over exactly these bytes is refused before anything
// is stored; what is taken is stored with its first job in one transaction.
// Then it has the signature verified and hands over to the checks.
package intake
