package preview

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
)

// The bounds of a picture.
const (
	maxDPI     = 200
	usualDPI   = 110
	drawing    = 20 * time.Second
	maxPicture = 32 << 20
)

// wrongPage is pdftoppm's exit code for a page that there is not.
const wrongPage = 99

var signature = []byte("\x89PNG\r\n\x1a\n")

// PNG draws one page, from 1, of a PDF as a picture of dpi dots an inch (0: 110,
// at most 200). It runs pdftoppm, which reads and writes through pipes: nothing
// of the document gets onto the disk. Without that program the fault is
// misconfigured.
func PNG(ctx context.Context, pdf []byte, page, dpi int) ([]byte, error) {
	if dpi == 0 {
		dpi = usualDPI
	}
	if page < 1 || dpi < 10 || dpi > maxDPI {
		return nil, reject("no such picture", fmt.Sprintf("want a page from 1 and 10 to %d dots an inch", maxDPI))
	}
	program, err := exec.LookPath("pdftoppm")
	if err != nil {
		return nil, failure(fault.Misconfigured, errors.New("pages are drawn by pdftoppm, which is not here"), "install poppler-utils")
	}
	ctx, cancel := context.WithTimeout(ctx, drawing)
	defer cancel()
	n := strconv.Itoa(page)
	cmd := exec.CommandContext(ctx, program, "-q", "-png", "-r", strconv.Itoa(dpi), "-f", n, "-l", n, "-") //nolint:gosec // numbers only
	cmd.Env = []string{"LC_ALL=C"}
	cmd.WaitDelay = time.Second
	cmd.Stdin = bytes.NewReader(pdf)
	out := &capped{}
	cmd.Stdout = out
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return nil, failure(fault.Unavailable, fmt.Errorf("drawing a page: %w", context.Cause(ctx)), "")
		}
		if x, ok := errors.AsType[*exec.ExitError](err); ok && x.ExitCode() == wrongPage {
			return nil, reject("no such page", "the document has fewer pages")
		}
		return nil, failure(fault.Defect, fmt.Errorf("drawing a page: %w", err), "")
	}
	if !bytes.HasPrefix(out.Bytes(), signature) {
		return nil, reject("no such page", "the document has fewer pages")
	}
	return out.Bytes(), nil
}

func failure(kind fault.Kind, err error, hint string) error {
	return &fault.Fault{Kind: kind, System: system, Operation: "picture", Err: err, Hint: hint}
}

// capped takes so much and no more.
type capped struct{ bytes.Buffer }

// Write fails when the picture grows beyond its bound, which ends the program.
func (c *capped) Write(b []byte) (int, error) {
	if c.Len()+len(b) > maxPicture {
		return 0, errors.New("the picture is too large")
	}
	return c.Buffer.Write(b)
}
