// Package report words a dossier for people: what a commission's secretary reads
// before a decision is drafted. Make gathers everything there is about an
// application into one plain structure in Uzbek (Latin), Russian or English: every
// rule with its answer, why, and from which proof. The structure is what the API
// gives as JSON, what Text sets in columns, and the data of templates/dossier. It
// is the commission's own view: criminal records are in it, personal numbers,
// passports and phones are masked. It lies below dossier, since pipelines/report is
// for reports on results.
package report
