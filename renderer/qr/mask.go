package qr

import "slices"

// masks say which modules are turned over (table 10 of the standard).
var masks = [8]func(x, y int) bool{
	func(x, y int) bool { return (x+y)%2 == 0 },
	func(_, y int) bool { return y%2 == 0 },
	func(x, _ int) bool { return x%3 == 0 },
	func(x, y int) bool { return (x+y)%3 == 0 },
	func(x, y int) bool { return (x/3+y/2)%2 == 0 },
	func(x, y int) bool { return x*y%2+x*y%3 == 0 },
	func(x, y int) bool { return (x*y%2+x*y%3)%2 == 0 },
	func(x, y int) bool { return ((x+y)%2+x*y%3)%2 == 0 },
}

// with is the symbol under one mask.
func (s *symbol) with(mask int, l level) *symbol {
	out := &symbol{side: s.side, dark: slices.Clone(s.dark), fixed: s.fixed}
	turned := masks[mask]
	for y := range s.side {
		for x := range s.side {
			if i := y*s.side + x; !s.fixed[i] && turned(x, y) {
				out.dark[i] = !out.dark[i]
			}
		}
	}
	out.format(l.format()<<3 | mask) // writes what is fixed already
	return out
}

// masked is the symbol under the mask that reads best: least penalty, the first
// of equals.
func (s *symbol) masked(l level) *symbol {
	var best *symbol
	least := 0
	for mask := range masks {
		one := s.with(mask, l)
		if p := one.penalty(); best == nil || p < least {
			best, least = one, p
		}
	}
	return best
}

// penalty is 7.8.3 of the standard: long runs, blocks of one colour, what looks
// like a finder, too much of one colour.
func (s *symbol) penalty() int {
	n, dark, total := s.side, 0, 0
	column := make([]bool, n)
	for i := range n {
		for j := range n {
			column[j] = s.dark[j*n+i]
		}
		row := s.dark[i*n : i*n+n]
		total += line(row) + line(column)
		if i == 0 {
			continue
		}
		above := s.dark[(i-1)*n : i*n]
		for x := 1; x < n; x++ {
			if c := row[x]; c == row[x-1] && c == above[x] && c == above[x-1] {
				total += 3
			}
		}
	}
	for _, d := range s.dark {
		if d {
			dark++
		}
	}
	all := n * n
	off := max(dark*20-all*10, all*10-dark*20) // twentieths away from a half
	return total + off/all*10
}

// finderLike are the eleven modules that look like a finder's middle with its
// light margin before or behind.
const (
	finderBefore = 0b0000_1011101
	finderBehind = 0b1011101_0000
)

// line is the penalty of one row or column.
func line(modules []bool) int {
	total, run, window := 0, 0, 0
	for i, dark := range modules {
		window = window << 1 & 0x7ff
		if dark {
			window |= 1
		}
		if i > 0 && dark == modules[i-1] {
			run++
		} else {
			run = 1
		}
		switch {
		case run == 5:
			total += 3
		case run > 5:
			total++
		}
		if i >= 10 && (window == finderBefore || window == finderBehind) {
			total += 40
		}
	}
	return total
}
