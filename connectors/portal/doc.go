// Package portal asks the registers of the Interagency Integration Portal
// (IIP, a WSO2 gateway) and translates their envelopes into answers of package
// register. It owns the gateway's tokens, its error forms and the oddities of
// each register's wire; it refuses to guess: what is not clearly an answer about
// the person asked is a fault, never a fact.
package portal
