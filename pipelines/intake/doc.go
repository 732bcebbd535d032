// Package intake is the door for applications: what is not its route, not its
// form, late, not signed over exactly these bytes, or handed in before is refused
// before anything is stored; what is taken is stored with its first job in one
// transaction. Then it has the signature verified and hands over to the checks.
// It also has the acts on an application that are no decision: returned to be
// corrected, handed in anew, lapsed, withdrawn, reviewed, amended by hand.
package intake
