package qr

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

// turns are the masks by module: period 12 in both directions holds all of them.
var turns = func() (t [8][12][12]byte) {
	for m, turned := range masks {
		for y := range 12 {
			for x := range 12 {
				if turned(x, y) {
					t[m][y][x] = 1
				}
			}
		}
	}
	return t
}()

// with writes the symbol under one mask into out.
func (s *symbol) with(mask int, l level, out *symbol) {
	for y := range s.side {
		row := &turns[mask][y%12]
		for x, i := 0, y*s.side; x < s.side; x, i = x+1, i+1 {
			out.dark[i] = s.dark[i] ^ row[x%12]&^s.fixed[i]
		}
	}
	out.format(l.format()<<3 | mask) // writes what is fixed already
}

// masked is the symbol under the mask that reads best: least penalty, the first
// of equals.
func (s *symbol) masked(l level) *symbol {
	best := &symbol{side: s.side, dark: make([]byte, len(s.dark)), fixed: s.fixed}
	next := &symbol{side: s.side, dark: make([]byte, len(s.dark)), fixed: s.fixed}
	column := make([]byte, s.side)
	least := -1
	for mask := range masks {
		s.with(mask, l, next)
		if p := next.penalty(column); least < 0 || p < least {
			best, next, least = next, best, p
		}
	}
	return best
}

// penalty is 7.8.3 of the standard: long runs, blocks of one colour, what looks
// like a finder, too much of one colour.
func (s *symbol) penalty(column []byte) int {
	n, dark, total := s.side, 0, 0
	for i := range n {
		for j := range n {
			column[j] = s.dark[j*n+i]
			dark += int(column[j])
		}
		row := s.dark[i*n : i*n+n]
		total += line(row) + line(column)
		if i == 0 {
			continue
		}
		above := s.dark[(i-1)*n : i*n]
		for x := 1; x < n; x++ {
			if sum := row[x] + row[x-1] + above[x] + above[x-1]; sum&3 == 0 { // none or all four
				total += 3
			}
		}
	}
	all := n * n
	off := max(dark*20-all*10, all*10-dark*20) // twentieths away from a half
	return total + off/all*10
}

// finderLike are eleven modules that look like a finder's middle with its light
// margin before or behind.
const (
	finderBefore = 0b0000_1011101
	finderBehind = 0b1011101_0000
)

// line is the penalty of one row or column. Five alike are the last five bits of
// the window; a run's first is told by the sixth.
func line(modules []byte) int {
	total, window := 0, 0b101010 // nothing alike before the first
	for i, dark := range modules {
		window = window<<1&0x7ff | int(dark)
		switch five := window & 0b11111; {
		case i < 4 || five != 0 && five != 0b11111:
		case i == 4 || window>>5&1 != int(dark):
			total += 3
		default:
			total++
		}
		if (window == finderBefore || window == finderBehind) && i >= 10 {
			total += 40
		}
	}
	return total
}
