// Package eds is a mock of E-IMZO-SERVER: challenge, login, time stamps and
// verification of PKCS#7 envelopes, with real cryptography over a made-up CA
// (RSA and ECDSA P-256 with SHA-256 instead of the national algorithms). It also signs
// in the place of the people of package population, which the real server
// cannot: their keys follow from the seed alone, so that a restarted mock still
// trusts what was signed before.
//
// Its CA also issues certificates, with their keys, for the seals that
// organisations lay over documents: SealCertificate, POST /_mock/seal.
package eds
