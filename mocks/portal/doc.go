// Package portal is a mock of the Interagency Integration Portal: the token
// server and the gateway on one address, with the registers behind it, true to
// the wire down to misspelt keys and the registers' different dialects. It
// answers about the people of package population.
//
// Where the real service is not public (content of a criminal record, answers
// about disability and legal capacity) it speaks the shape that the project
// proposes; those shapes are marked as assumed in the code.
package portal
