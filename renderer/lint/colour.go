package lint

import "math"

// RGBA is a colour as the browser computes it, each part from 0 to 255, opacity
// from 0 to 1.
type RGBA struct{ R, G, B, A float64 }

// over lays a colour on an opaque one.
func (c RGBA) over(ground RGBA) RGBA {
	mix := func(a, b float64) float64 { return a*c.A + b*(1-c.A) }
	return RGBA{mix(c.R, ground.R), mix(c.G, ground.G), mix(c.B, ground.B), 1}
}

// luminance is the relative luminance of WCAG 2.2, from 0 to 1.
func (c RGBA) luminance() float64 {
	linear := func(v float64) float64 {
		v /= 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

// contrast is the ratio of WCAG 2.2, from 1 to 21.
func contrast(text, ground RGBA) float64 {
	ground = ground.over(RGBA{255, 255, 255, 1})
	a, b := text.over(ground).luminance(), ground.luminance()
	return (max(a, b) + 0.05) / (min(a, b) + 0.05)
}

// The type that is large enough for less contrast, in points.
const (
	largeType     = 18
	largeBoldType = 14
	bold          = 700
)

// wanted is the contrast that type of a size and weight needs.
func wanted(points float64, weight int) float64 {
	const rounding = 0.05
	if points >= largeType-rounding || weight >= bold && points >= largeBoldType-rounding {
		return 3
	}
	return 4.5
}
