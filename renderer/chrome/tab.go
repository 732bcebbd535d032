package chrome

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/css"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/inspector"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// tab is one page of the browser, locked down and filled with a shell. One
// goroutine uses it at a time.
type tab struct {
	key      string // of the shell
	ctx      context.Context
	abort    context.CancelFunc // ends whatever runs in it, does not wait
	finish   func()             // closes the page and waits
	crashed  atomic.Bool
	settled  atomic.Bool            // the shell is in: from here on the page must stay
	strayed  atomic.Bool            // the page went elsewhere
	object   runtime.RemoteObjectID // the page's global object
	families []string               // of the fonts the shell declares
	prints   int
	filled   func(*tab) // a test's seam: between filling and printing
}

// openTab makes a tab and loads the shell. The tab is of no use after an error.
func openTab(ctx context.Context, parent context.Context, key, shell string, limit time.Duration) (*tab, error) {
	base, abort := context.WithCancel(parent)
	t := &tab{key: key, abort: abort}
	t.ctx, t.finish = chromedp.NewContext(base, chromedp.WithListener(t.listen))
	op, end := t.operation(ctx, limit)
	defer end()
	// The target lives as long as the context of the first call, so that one
	// gets the tab's own; the deadline aborts it from the side.
	stop := context.AfterFunc(op, abort)
	err := chromedp.Do(t.ctx) //nolint:contextcheck // the tab outlives the print that opens it
	if !stop() && err == nil {
		err = op.Err()
	}
	if err == nil {
		err = chromedp.Do(op, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			return t.setUp(ctx, target, shell)
		}))
	}
	if err != nil {
		t.abort()
		return t, fmt.Errorf("opening a tab: %w", err)
	}
	return t, nil
}

// listen runs on the goroutine that reads the tab's messages: it must not wait.
func (t *tab) listen(ev any) {
	switch ev := ev.(type) {
	case *inspector.EventTargetCrashed:
		t.crashed.Store(true)
		t.abort()
	case *page.EventFrameNavigated, *page.EventFrameAttached, *page.EventDocumentOpened:
		if t.settled.Load() {
			t.strayed.Store(true)
		}
	case *fetch.EventRequestPaused:
		// Nothing a document needs comes from outside: every request fails.
		go func() {
			_, _ = chromedp.Call(t.ctx, fetch.FailRequest, fetch.FailRequestParams{
				RequestID: ev.RequestID, ErrorReason: network.ErrorReasonBlockedByClient,
			})
		}()
	}
}

// operation returns the context of one piece of work in the tab: it ends with
// the tab, with the caller's context, or at the limit.
func (t *tab) operation(ctx context.Context, limit time.Duration) (context.Context, func()) {
	op, cancel := context.WithTimeout(t.ctx, limit)
	stop := context.AfterFunc(ctx, cancel)
	return op, func() { stop(); cancel() }
}

func (t *tab) setUp(ctx context.Context, target *chromedp.Target, shell string) error {
	none := cdp.Empty{}
	steps := []func() error{
		// Domains that chromedp turns on and that would echo every document.
		func() error { _, err := cdp.Call(ctx, target, css.Disable, none); return err },
		func() error { _, err := cdp.Call(ctx, target, dom.Disable, none); return err },
		func() error { _, err := cdp.Call(ctx, target, cdplog.Disable, none); return err },
		func() error {
			_, err := cdp.Call(ctx, target, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
				MatchedNetworkConditions: []*network.Conditions{{Offline: true}},
			})
			return err
		},
		func() error {
			_, err := cdp.Call(ctx, target, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: true})
			return err
		},
		func() error {
			_, err := cdp.Call(ctx, target, fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{{URLPattern: "*"}}})
			return err
		},
		func() error {
			_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
			return err
		},
		func() error {
			tree, err := cdp.Call(ctx, target, page.GetFrameTree, none)
			if err != nil {
				return err
			}
			_, err = cdp.Call(ctx, target, page.SetDocumentContent, page.SetDocumentContentParams{FrameID: tree.FrameTree.Frame.ID, HTML: shell})
			return err
		},
		func() error {
			global, err := cdp.Call(ctx, target, runtime.Evaluate, runtime.EvaluateParams{Expression: "globalThis"})
			if err != nil {
				return err
			}
			t.object = global.Result.ObjectID
			t.settled.Store(true)
			return t.call(ctx, target, &t.families, loadFonts)
		},
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// call runs one of our functions in the page and decodes its result.
func (t *tab) call(ctx context.Context, target *chromedp.Target, result any, function string, args ...any) error {
	yes := true
	params := runtime.CallFunctionOnParams{
		FunctionDeclaration: function, ObjectID: t.object,
		ReturnByValue: &yes, AwaitPromise: &yes, Silent: &yes,
	}
	for _, arg := range args {
		b, err := json.Marshal(arg)
		if err != nil {
			return fmt.Errorf("encoding an argument: %w", err)
		}
		params.Arguments = append(params.Arguments, &runtime.CallArgument{Value: b})
	}
	answer, err := cdp.Call(ctx, target, runtime.CallFunctionOn, params)
	if err != nil {
		return err
	}
	if answer.ExceptionDetails != nil { // its text may quote the document
		return errors.New("a function failed in the page")
	}
	return json.Unmarshal(answer.Result.Value, result)
}

// errIdentity marks a tab or a print that is not the document it should be.
var errIdentity = errors.New("the print is not the document")

// printed is what a tab gave: the file, and the text that the page showed.
type printed struct {
	raw  []byte
	text string
}

// print fills the tab, prints, checks and empties it again.
func (t *tab) print(ctx context.Context, p Page, limit time.Duration, trusted bool) (printed, error) {
	op, end := t.operation(ctx, limit)
	defer end()
	t.prints++
	return chromedp.Run(op, func(ctx context.Context, target *chromedp.Target) (printed, error) {
		var before struct{ Fault, Text string }
		if err := t.call(ctx, target, &before, fill, p.ID, p.Title, p.Body, trusted); err != nil {
			return printed{}, fmt.Errorf("filling the tab: %w", err)
		}
		if before.Fault != "" {
			return printed{}, fmt.Errorf("%w before the print: %s", errIdentity, before.Fault)
		}
		if t.filled != nil {
			t.filled(t)
		}
		yes, no, zero := true, false, 0.0
		out, err := cdp.Call(ctx, target, page.PrintToPDF, page.PrintToPDFParams{
			PaperWidth: p.WidthMM / mmPerInch, PaperHeight: p.HeightMM / mmPerInch,
			MarginTop: &zero, MarginBottom: &zero, MarginLeft: &zero, MarginRight: &zero,
			PrintBackground: &yes, PreferCSSPageSize: &yes, DisplayHeaderFooter: &no,
			GenerateTaggedPDF: &no, GenerateDocumentOutline: &no,
		})
		if err != nil {
			return printed{}, fmt.Errorf("printing: %w", err)
		}
		var found string
		if err := t.call(ctx, target, &found, empty, p.ID, p.Title); err != nil {
			return printed{}, fmt.Errorf("emptying the tab: %w", err)
		}
		if found != "" {
			return printed{}, fmt.Errorf("%w after the print: %s", errIdentity, found)
		}
		return printed{out.Data, before.Text}, nil
	})
}
