// Package issuing makes documents: a number is reserved with the document's row
// in a transaction of its own, the PDF is made outside any transaction, and a
// second transaction issues it. A replay renders the same number; a void one
// stays in the register. No number twice, no gap unexplained.
package issuing
