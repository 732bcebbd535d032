// Package bucket keeps issued documents as sealed files in a folder: written
// whole or not at all, on disk before anything refers to them.
package bucket

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/saylovhub/hub/internal/vault"
)

// Folder is a bucket in a folder.
type Folder struct {
	dir   string
	vault *vault.Vault
}

// Open makes the folder when it is missing.
func Open(dir string, v *vault.Vault) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the documents' folder: %w", err)
	}
	return &Folder{dir: dir, vault: v}, nil
}

func place(name string) vault.Place {
	return vault.Place{Table: "bucket", Column: "content", Row: name}
}

func (f *Folder) path(name string) (string, error) {
	if name == "" || name != filepath.Base(name) || name[0] == '.' {
		return "", errors.New("a document's file name must be a plain name")
	}
	return filepath.Join(f.dir, name+".sealed"), nil
}

// Put writes a file; writing the same again replaces it whole.
func (f *Folder) Put(_ context.Context, name string, content []byte) error {
	path, err := f.path(name)
	if err != nil {
		return err
	}
	sealed, err := f.vault.Seal(content, place(name))
	if err != nil {
		return fmt.Errorf("sealing a document: %w", err)
	}
	tmp, err := os.CreateTemp(f.dir, ".new-*")
	if err != nil {
		return fmt.Errorf("writing a document: %w", err)
	}
	defer os.Remove(tmp.Name()) //nolint:errcheck // gone when all went well
	_, err = tmp.Write(sealed)
	if err == nil {
		err = tmp.Sync()
	}
	if err = errors.Join(err, tmp.Close()); err != nil {
		return fmt.Errorf("writing a document: %w", err)
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return fmt.Errorf("writing a document: %w", err)
	}
	return f.sync()
}

// sync puts the new name on disk.
func (f *Folder) sync() error {
	d, err := os.Open(f.dir)
	if err != nil {
		return fmt.Errorf("writing a document: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("writing a document: %w", err)
	}
	return nil
}

// Get reads a file.
func (f *Folder) Get(_ context.Context, name string) ([]byte, error) {
	path, err := f.path(name)
	if err != nil {
		return nil, err
	}
	sealed, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading a document: %w", err)
	}
	return f.vault.Unseal(sealed, place(name))
}
