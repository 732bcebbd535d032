package external

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

//go:embed *.yaml
var files embed.FS

// Systems lists the systems that have a contract, in alphabetical order.
func Systems() []string {
	names, err := fs.Glob(files, "*.yaml")
	if err != nil { // only a malformed pattern
		return nil
	}
	for i, name := range names {
		names[i] = strings.TrimSuffix(path.Base(name), ".yaml")
	}
	return names
}

// Load reads and validates the contract with a system: portal, oneid, eds,
// playmobile or eskiz. Each call reads anew; a Contract may be kept and shared.
func Load(system string) (*Contract, error) {
	text, err := files.ReadFile(system + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("loading a contract: no such system; have %s", strings.Join(Systems(), ", "))
	}
	c, err := parse(system, text)
	if err != nil {
		return nil, fmt.Errorf("loading the contract of %s: %w", system, err)
	}
	return c, nil
}

func parse(system string, text []byte) (*Contract, error) {
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, err
	}
	if doc.OpenAPI != "3.0.3" {
		return nil, errors.New("openapi must be 3.0.3")
	}
	return compile(system, doc)
}
