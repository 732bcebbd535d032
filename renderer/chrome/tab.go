package chrome

import (
	"bytes"
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
	shell
	ctx      context.Context
	abort    context.CancelFunc // ends whatever runs in it, does not wait
	finish   func()             // closes the page and waits
	crashed  atomic.Bool
	settled  atomic.Bool            // the shell is in: from here on the page must stay
	strayed  atomic.Bool            // the page went elsewhere
	object   runtime.RemoteObjectID // the page's global object
	laidOut  bool                   // the text is read as a screen shows it
	families []string               // of the fonts the shell declares
	prints   atomic.Int64
	filled   func(*tab) // a test's seam: between filling and printing
}

// openTab makes a tab and loads the shell. The tab is of no use after an error.
func openTab(ctx context.Context, parent context.Context, s shell, limit time.Duration) (*tab, error) {
	base, abort := context.WithCancel(parent)
	t := &tab{shell: s, abort: abort}
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
			return t.setUp(ctx, target)
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

func (t *tab) setUp(ctx context.Context, target *chromedp.Target) error {
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
			_, err = cdp.Call(ctx, target, page.SetDocumentContent, page.SetDocumentContentParams{FrameID: tree.FrameTree.Frame.ID, HTML: t.html})
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
	// Markup is sent as it is: escaped for a script, it would be twice as long.
	// All arguments are one, since an empty one would be left out.
	var all bytes.Buffer
	e := json.NewEncoder(&all)
	e.SetEscapeHTML(false)
	if err := e.Encode(args); err != nil {
		return fmt.Errorf("encoding the arguments: %w", err)
	}
	yes := true
	params := runtime.CallFunctionOnParams{
		FunctionDeclaration: "function (all) { return (" + function + ").apply(this, all) }", ObjectID: t.object,
		Arguments:     []*runtime.CallArgument{{Value: all.Bytes()}},
		ReturnByValue: &yes, AwaitPromise: &yes, Silent: &yes,
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
