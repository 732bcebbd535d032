// Package bucket keeps issued documents, sealed, in a folder or in an S3
// store: each whole or not at all, durable before Put returns, and so before
// anything refers to it.
//
// It is a thin layer over gocloud.dev/blob: names are plain file names, the
// content is sealed by the vault and bound to its name before it leaves the
// process, every call ends by a time limit of its own, and every error is a
// fault that repeats no address, no credential and no text of the other side.
// A folder's files and an S3 store's objects have the same names and bytes, so
// that one can be copied into the other.
//
// It refers to nothing and knows no database: what nobody refers to is removed
// by package sweep.
package bucket
