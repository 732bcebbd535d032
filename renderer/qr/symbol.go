package qr

// symbol is a square of modules, row by row.
type symbol struct {
	side  int
	dark  []byte // 1 or 0
	fixed []byte // 1: belongs to a pattern, not to the data
}

// encode makes the symbol of a text.
func encode(text string, l level) (*symbol, error) {
	data, version, err := planOf(text).words(l)
	if err != nil {
		return nil, err
	}
	s := patterns(version)
	s.place(interleaved(data, version, l))
	return s.masked(l), nil
}

func (s *symbol) at(x, y int) bool { return s.dark[y*s.side+x] == 1 }

func (s *symbol) fix(x, y int, dark bool) {
	i := y*s.side + x
	s.dark[i], s.fixed[i] = 0, 1
	if dark {
		s.dark[i] = 1
	}
}

// patterns is a symbol with everything but data and format.
func patterns(version int) *symbol {
	side := 17 + 4*version
	s := &symbol{side: side, dark: make([]byte, side*side), fixed: make([]byte, side*side)}
	for i := range side {
		s.fix(6, i, i%2 == 0)
		s.fix(i, 6, i%2 == 0)
	}
	for _, corner := range [][2]int{{3, 3}, {side - 4, 3}, {3, side - 4}} {
		s.rings(corner[0], corner[1], 4)
	}
	where := alignments(version)
	last := len(where) - 1
	for i, x := range where {
		for j, y := range where {
			if i == 0 && j == 0 || i == 0 && j == last || i == last && j == 0 {
				continue // a finder is there
			}
			s.rings(x, y, 2)
		}
	}
	s.format(0) // keeps its place
	s.version(version)
	return s
}

// rings draws a finder (radius 4 with its light margin) or an alignment pattern
// (radius 2) around its middle.
func (s *symbol) rings(cx, cy, radius int) {
	for dy := -radius; dy <= radius; dy++ {
		for dx := -radius; dx <= radius; dx++ {
			x, y := cx+dx, cy+dy
			if x < 0 || y < 0 || x >= s.side || y >= s.side {
				continue
			}
			ring := max(dx, -dx, dy, -dy)
			if radius == 4 {
				s.fix(x, y, ring != 2 && ring != 4)
			} else {
				s.fix(x, y, ring != 1)
			}
		}
	}
}

// alignments are the coordinates of the alignment patterns (annex E): evenly
// spaced from the far end, in even steps.
func alignments(version int) []int {
	if version == 1 {
		return nil
	}
	n := version/7 + 2
	step := 26 // version 32 is the table's one exception
	if version != 32 {
		step = (version*4 + n*2 + 1) / (n*2 - 2) * 2
	}
	out := make([]int, n)
	out[0] = 6
	for i, at := n-1, version*4+10; i > 0; i, at = i-1, at-step {
		out[i] = at
	}
	return out
}

// format writes fifteen bits twice: level and mask with their check bits, masked.
func (s *symbol) format(word int) {
	rest := word
	for range 10 {
		rest = rest<<1 ^ (rest>>9)*0x537
	}
	value := (word<<10 | rest&0x3ff) ^ 0x5412
	bit := func(i int) bool { return value>>i&1 == 1 }
	for i := range 6 {
		s.fix(8, i, bit(i))
	}
	s.fix(8, 7, bit(6))
	s.fix(8, 8, bit(7))
	s.fix(7, 8, bit(8))
	for i := 9; i < 15; i++ {
		s.fix(14-i, 8, bit(i))
	}
	for i := range 8 {
		s.fix(s.side-1-i, 8, bit(i))
	}
	for i := 8; i < 15; i++ {
		s.fix(8, s.side-15+i, bit(i))
	}
	s.fix(8, s.side-8, true) // always dark
}

// version writes eighteen bits twice, from version 7 on.
func (s *symbol) version(version int) {
	if version < 7 {
		return
	}
	rest := version
	for range 12 {
		rest = rest<<1 ^ (rest>>11)*0x1f25
	}
	value := version<<12 | rest&0xfff
	for i := range 18 {
		dark := value>>i&1 == 1
		a, b := s.side-11+i%3, i/3
		s.fix(a, b, dark)
		s.fix(b, a, dark)
	}
}

// place writes words in columns of two, up and down, from the right.
func (s *symbol) place(words []byte) {
	n := 0
	for right := s.side - 1; right >= 1; right -= 2 {
		if right == 6 { // the timing line is no column
			right = 5
		}
		for i := range s.side {
			y := i
			if (right+1)&2 == 0 {
				y = s.side - 1 - i
			}
			for _, x := range [2]int{right, right - 1} {
				if i := y*s.side + x; s.fixed[i] == 0 && n < len(words)*8 {
					s.dark[i] = words[n/8] >> (7 - n%8) & 1
					n++
				}
			}
		}
	}
}
