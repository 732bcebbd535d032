// Package templates holds the documents that the hub prints. A folder is all
// there is to a document:
//
//	template.html  html/template, the body only
//	style.css      its style, over parts/base.css
//	schema.json    JSON Schema 2020-12 of its data, additionalProperties false
//	sample.json    data of made-up people, valid against the schema
//	manifest.yaml  title, paper, language, kind
//
// parts/ holds what documents share, assets/fonts/ the only fonts they use.
// Load checks everything, so a fault in a folder shows at start and in tests,
// never in print. Docs of the wording: Uzbek text rules stand in text.go.
package templates
