// Package dossier holds the nouns the pipelines share: applications, subjects,
// checks, findings, assessments, decisions, documents, notices, the directory,
// and the one table of an application's states. It does nothing by itself.
package dossier
