// Package vault owns the hub's keys: it seals personal data for the store
// (AES-256-GCM through Tink, bound to table, column and row), makes the keyed
// hashes by which sealed data is searched, signs the codes of documents
// (Ed25519) and hashes the secrets of API keys.
//
// It refuses to guess: missing or damaged keys are one clear error and are
// never overwritten, a sealed value read at another place does not open. It
// knows no database and no HTTP. The keys lie in one file of the key folder,
// keys.json, readable by its owner only; whoever has it has everything, so it
// is backed up apart from the database.
package vault
