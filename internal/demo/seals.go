package demo

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/internal/config"
	"github.com/saylovhub/hub/mocks/eds"
)

// UseSeals gives each commission of the demo's directory a seal of the mock
// authority, and all others one together, as files below dir. A configuration
// with seals of its own keeps them.
func UseSeals(cfg *config.Config, authority *eds.Server, dir string) error {
	if cfg.Documents.Seals.Default.Set() || len(cfg.Documents.Seals.Commissions) > 0 {
		return nil
	}
	raw, err := scenario.ReadFile("scenario/directory.json")
	if err != nil {
		return err
	}
	var directory struct {
		Commissions []struct{ ID, Title string }
	}
	if err := json.Unmarshal(raw, &directory); err != nil {
		return fmt.Errorf("reading the demo's directory: %w", err)
	}
	dir = filepath.Join(dir, "seals")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making the folder of the demo's seals: %w", err)
	}
	s := config.Seals{CA: filepath.Join(dir, "ca.pem"), Commissions: map[string]config.Seal{}}
	if err := os.WriteFile(s.CA, authority.RootCertificate(), 0o600); err != nil {
		return fmt.Errorf("writing the authority of the demo's seals: %w", err)
	}
	if s.Default, err = sealOf(authority, dir, "default", "Oʻzbekiston Respublikasi Markaziy saylov komissiyasi (namuna)"); err != nil {
		return err
	}
	for _, c := range directory.Commissions {
		if s.Commissions[c.ID], err = sealOf(authority, dir, c.ID, c.Title+" (namuna)"); err != nil {
			return err
		}
	}
	cfg.Documents.Seals = s
	return nil
}

func sealOf(authority *eds.Server, dir, id, organisation string) (config.Seal, error) {
	certificate, key, err := authority.SealCertificate(organisation)
	if err != nil {
		return config.Seal{}, err
	}
	file := filepath.Join(dir, id+".pem")
	if err := os.WriteFile(file, certificate, 0o600); err != nil {
		return config.Seal{}, fmt.Errorf("writing a seal of the demo: %w", err)
	}
	s := config.Seal{Certificate: file}
	s.Key.Secret = personal.Secret(key)
	return s, nil
}
