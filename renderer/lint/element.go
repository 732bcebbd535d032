package lint

import (
	"context"

	"github.com/saylovhub/hub/renderer/chrome"
)

// Browser prints pages; *chrome.Browser is one.
type Browser interface {
	Print(ctx context.Context, p chrome.Page) (chrome.Print, error)
}

// Measurer is a browser that measures, too.
type Measurer interface {
	// Measure says of every element that carries data-line how it came out.
	Measure(ctx context.Context, p chrome.Page) ([]Element, error)
}

// Element is how one element of a page came out on paper.
type Element struct {
	Line                     string // its place in the source: parts/head.html:1
	Class                    string
	Left, Top, Width, Height float64 // mm, from the paper's left top
	OverX, OverY             float64 // mm by which its content reaches over its box
	Cut                      bool    // something of its text cannot be seen
	Text                     bool    // it has text of its own; only then what follows
	Colour, Background       RGBA
	SizePt                   float64
	Weight                   int
}
