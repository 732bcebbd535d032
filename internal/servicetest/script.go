package servicetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// startTime allows for the packages being installed first.
const startTime = 10 * time.Minute

// script calls scripts/services: for the shared servers when it is empty, for
// those of a folder and ports of their own otherwise.
type script struct {
	folder string
	port   int
}

func (s script) command(ctx context.Context, arguments ...string) (*exec.Cmd, error) {
	root, err := projectRoot()
	if err != nil {
		return nil, err
	}
	//nolint:gosec // a script of this project
	cmd := exec.CommandContext(ctx, filepath.Join(root, "scripts", "services"), arguments...)
	if s.folder != "" {
		for _, variable := range os.Environ() {
			if !strings.HasPrefix(variable, "HUB_") {
				cmd.Env = append(cmd.Env, variable)
			}
		}
		cmd.Env = append(cmd.Env, "HUB_SERVICES_DIR="+s.folder, "HUB_SERVICES_PORT="+strconv.Itoa(s.port))
	}
	return cmd, nil
}

// run returns what the script printed; what it complained of is the error.
func (s script) run(ctx context.Context, arguments ...string) (string, error) {
	cmd, err := s.command(ctx, arguments...)
	if err != nil {
		return "", err
	}
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("scripts/services %s: %w: %s", strings.Join(arguments, " "), err, bytes.TrimSpace(complaint.Bytes()))
	}
	return out.String(), nil
}

// address reads the line `export NAME='...'` of the script's env.
func (s script) address(ctx context.Context, name string) (string, error) {
	out, err := s.run(ctx, "env", name)
	if err != nil {
		return "", err
	}
	_, value, found := strings.Cut(strings.TrimSpace(out), "='")
	if !found || !strings.HasSuffix(value, "'") {
		return "", errors.New("scripts/services env: not the line that was expected")
	}
	return strings.ReplaceAll(strings.TrimSuffix(value, "'"), `'\''`, "'"), nil
}

// guard leaves a process behind that removes the servers once this one has
// ended, were it killed or out of time.
func (s script) guard() error {
	cmd, err := s.command(context.Background(), "guard", strconv.Itoa(os.Getpid()))
	if err != nil {
		return err
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	return cmd.Process.Release()
}

func projectRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "scripts", "services")); err == nil {
			return dir, nil
		}
		if filepath.Dir(dir) == dir {
			return "", errors.New("scripts/services is in no folder above this one: tests run inside the project")
		}
		dir = filepath.Dir(dir)
	}
}
