// Package floor is what the pool is measured against: the least that Chrome can
// do for a page, and the usual way of doing it. It is started like the pool's
// browsers but proves nothing and guards nothing, so that nothing but
// benchmarks may use it.
package floor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/saylovhub/hub/renderer/chrome"
	"github.com/saylovhub/hub/renderer/chrome/internal/process"
)

const (
	mmPerInch = 25.4
	nobody    = 65534
)

// Browser is one browser process with a warm tab for the last shell.
type Browser struct {
	process *process.Process
	shell   string
	tab     context.Context
	close   context.CancelFunc
	global  runtime.RemoteObjectID
}

// Start starts the browser that the pool of an empty configuration would start.
func Start(ctx context.Context) (*Browser, error) {
	binary, err := process.Find("")
	if err != nil {
		return nil, err
	}
	p, err := process.Launch(ctx, process.Options{Binary: binary, UID: nobody, GID: nobody, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	return &Browser{process: p, close: func() {}}, nil
}

// Close ends the browser.
func (b *Browser) Close() { b.process.Finish() }

// Bare prints in a warm tab of the page's shell: the body replaced, the fonts
// waited for, printed, nothing else. The first call for a shell opens the tab.
// It is not safe for concurrent use.
func (b *Browser) Bare(p chrome.Page) ([]byte, error) {
	if b.shell != p.Shell {
		if err := b.open(p.Shell); err != nil {
			return nil, err
		}
	}
	return chromedp.Run(b.tab, func(ctx context.Context, target *chromedp.Target) ([]byte, error) {
		if err := replace(ctx, target, b.global, p.Body); err != nil {
			return nil, err
		}
		return toPDF(ctx, target, p)
	})
}

func (b *Browser) open(shell string) error {
	b.close()
	b.tab, b.close = chromedp.NewContext(b.process.Context)
	err := chromedp.Do(b.tab, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		if err := set(ctx, target, shell); err != nil {
			return err
		}
		global, err := cdp.Call(ctx, target, runtime.Evaluate, runtime.EvaluateParams{Expression: "globalThis"})
		if err != nil {
			return err
		}
		b.global = global.Result.ObjectID
		return load(ctx, target)
	}))
	if err != nil {
		return fmt.Errorf("opening the warm tab: %w", err)
	}
	b.shell = shell
	return nil
}

// Naive prints the usual way: a new tab for the document, the whole page set
// into it, fonts and images waited for, printed, the tab closed.
func (b *Browser) Naive(p chrome.Page) ([]byte, error) {
	ctx, end := chromedp.NewContext(b.process.Context)
	defer end()
	return chromedp.Run(ctx, func(ctx context.Context, target *chromedp.Target) ([]byte, error) {
		if err := set(ctx, target, p.Shell); err != nil {
			return nil, err
		}
		if err := load(ctx, target); err != nil { // before there is text, see load
			return nil, err
		}
		global, err := cdp.Call(ctx, target, runtime.Evaluate, runtime.EvaluateParams{Expression: "globalThis"})
		if err != nil {
			return nil, err
		}
		if err := replace(ctx, target, global.Result.ObjectID, p.Body); err != nil {
			return nil, err
		}
		if err := load(ctx, target); err != nil {
			return nil, err
		}
		return toPDF(ctx, target, p)
	})
}

// replace puts the body into the page.
func replace(ctx context.Context, target *chromedp.Target, global runtime.RemoteObjectID, body string) error {
	var quoted bytes.Buffer
	e := json.NewEncoder(&quoted)
	e.SetEscapeHTML(false)
	if err := e.Encode(body); err != nil {
		return err
	}
	yes := true
	answer, err := cdp.Call(ctx, target, runtime.CallFunctionOn, runtime.CallFunctionOnParams{
		FunctionDeclaration: `async function (body) { document.body.innerHTML = body; await document.fonts.ready }`,
		ObjectID:            global, Arguments: []*runtime.CallArgument{{Value: quoted.Bytes()}}, AwaitPromise: &yes,
	})
	if err == nil && answer.ExceptionDetails != nil {
		err = errors.New("the body was not replaced")
	}
	return err
}

func set(ctx context.Context, target *chromedp.Target, html string) error {
	tree, err := cdp.Call(ctx, target, page.GetFrameTree, cdp.Empty{})
	if err != nil {
		return err
	}
	_, err = cdp.Call(ctx, target, page.SetDocumentContent, page.SetDocumentContentParams{FrameID: tree.FrameTree.Frame.ID, HTML: html})
	return err
}

// load waits for fonts and images. A face that only style asks for does not load
// in a browser without system fonts.
func load(ctx context.Context, target *chromedp.Target) error {
	yes := true
	answer, err := cdp.Call(ctx, target, runtime.Evaluate, runtime.EvaluateParams{
		Expression: `Promise.all([...document.fonts].map(f => f.load()).concat(
			[...document.images].map(i => i.decode()))).then(() => true)`,
		AwaitPromise: &yes,
	})
	if err == nil && answer.ExceptionDetails != nil {
		err = errors.New("a font or an image did not load")
	}
	return err
}

func toPDF(ctx context.Context, target *chromedp.Target, p chrome.Page) ([]byte, error) {
	yes, zero := true, 0.0
	out, err := cdp.Call(ctx, target, page.PrintToPDF, page.PrintToPDFParams{
		PaperWidth: p.WidthMM / mmPerInch, PaperHeight: p.HeightMM / mmPerInch,
		MarginTop: &zero, MarginBottom: &zero, MarginLeft: &zero, MarginRight: &zero,
		PrintBackground: &yes, PreferCSSPageSize: &yes, GenerateTaggedPDF: &p.Tagged,
	})
	return out.Data, err
}
