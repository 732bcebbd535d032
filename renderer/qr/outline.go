package qr

import "strconv"

// The ways along an edge, clockwise; the dark module is at the right hand.
const (
	right = iota
	down
	left
	up
)

// step is where a way leads.
var step = [4][2]int{right: {1, 0}, down: {0, 1}, left: {-1, 0}, up: {0, -1}}

// ahead are the modules in front of a corner, at the right hand and at the left,
// as offsets from the module right below it.
var ahead = [4][2][2]int{
	right: {{0, 0}, {0, -1}}, down: {{-1, 0}, {0, 0}}, left: {{-1, -1}, {-1, 0}}, up: {{0, -1}, {-1, -1}},
}

// outline is the path around all dark modules, by corners: half the points of a
// rectangle for each run, and no seams between rows. Outer edges run clockwise,
// those of holes the other way, so that the usual rule fills it right.
func (s *symbol) outline() []byte {
	path := make([]byte, 0, 8*s.side*s.side)
	done := make([]bool, len(s.dark)) // upper edges that were walked
	for y := range s.side {
		for x := range s.side {
			if s.is(x, y) && !s.is(x, y-1) && !done[y*s.side+x] {
				path = s.walk(path, x, y, done)
			}
		}
	}
	return path
}

// is takes what lies outside for light.
func (s *symbol) is(x, y int) bool {
	return x >= 0 && y >= 0 && x < s.side && y < s.side && s.at(x, y)
}

// walk follows one edge from the upper left corner of a module until it is back.
func (s *symbol) walk(path []byte, x, y int, done []bool) []byte {
	path = append(path, 'M')
	path = strconv.AppendInt(path, int64(x+quiet), 10)
	path = append(path, ' ')
	path = strconv.AppendInt(path, int64(y+quiet), 10)
	fromX, fromY, way, run := x, y, right, 0
	for {
		if way == right {
			done[y*s.side+x] = true
		}
		x, y, run = x+step[way][0], y+step[way][1], run+1
		hands := ahead[way]
		turn := 0
		switch {
		case !s.is(x+hands[0][0], y+hands[0][1]):
			turn = 1 // to the right
		case s.is(x+hands[1][0], y+hands[1][1]):
			turn = 3 // to the left
		}
		if turn == 0 {
			continue
		}
		back := x == fromX && y == fromY
		if !back { // the last stretch is closed by z
			path = append(path, "hvhv"[way])
			if way == left || way == up {
				run = -run
			}
			path = strconv.AppendInt(path, int64(run), 10)
		}
		way, run = (way+turn)%4, 0
		if back && way == right {
			return append(path, 'z')
		}
	}
}
