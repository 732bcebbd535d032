package qr

import (
	"errors"
	"strings"
)

// level is how much of a symbol may be lost (ISO/IEC 18004, 6.5.1).
type level int

const (
	levelM level = iota // 15 %
	levelQ              // 25 %
)

// format is the level as the symbol says it.
func (l level) format() int { return [...]int{levelM: 0, levelQ: 3}[l] }

// versions there are; a symbol of version v has 17+4v modules a side.
const versions = 40

// Table 9 of the standard: check words a block, and blocks, by level and version.
var (
	checkWords = [...][versions]int{
		levelM: {10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28},
		levelQ: {13, 22, 18, 26, 18, 24, 18, 22, 20, 24, 28, 26, 24, 20, 30, 24, 28, 28, 26, 30, 28, 30, 30, 30, 30, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30},
	}
	blockCount = [...][versions]int{
		levelM: {1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35, 37, 38, 40, 43, 45, 47, 49},
		levelQ: {1, 1, 2, 2, 4, 4, 6, 6, 8, 8, 8, 10, 12, 16, 12, 17, 16, 18, 21, 20, 23, 23, 25, 27, 29, 34, 34, 35, 38, 40, 43, 45, 48, 51, 53, 56, 59, 62, 65, 68},
	}
)

// letters of the alphanumeric mode, each at its value.
const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

var errTooLong = errors.New("no symbol holds so much")

// bits is a string of bits, most significant first.
type bits struct {
	words []byte
	n     int
}

func (b *bits) add(value, count int) {
	for i := count - 1; i >= 0; i-- {
		if b.n%8 == 0 {
			b.words = append(b.words, 0)
		}
		if value>>i&1 == 1 {
			b.words[b.n/8] |= 0x80 >> (b.n % 8)
		}
		b.n++
	}
}

// plan is a text's mode and how many bits it takes behind its head.
type plan struct {
	text  string
	alpha bool
	body  int // bits of the text
}

func planOf(text string) plan {
	if strings.Trim(text, letters) == "" {
		return plan{text, true, len(text)/2*11 + len(text)%2*6}
	}
	return plan{text, false, len(text) * 8}
}

// counter is the width of the text's length in a symbol of that version.
func (p plan) counter(version int) int {
	switch {
	case !p.alpha && version <= 9:
		return 8
	case !p.alpha:
		return 16
	case version <= 9:
		return 9
	case version <= 26:
		return 11
	}
	return 13
}

// words are the data words of the smallest symbol that holds the text.
func (p plan) words(l level) (words []byte, version int, err error) {
	for version = 1; version <= versions; version++ {
		room := dataWords(version, l)
		if 4+p.counter(version)+p.body > room*8 {
			continue
		}
		return p.encode(version, room), version, nil
	}
	return nil, 0, errTooLong
}

func (p plan) encode(version, room int) []byte {
	b := bits{words: make([]byte, 0, room)}
	if p.alpha {
		b.add(0b0010, 4)
	} else {
		b.add(0b0100, 4)
	}
	b.add(len(p.text), p.counter(version))
	switch {
	case !p.alpha:
		for i := range len(p.text) {
			b.add(int(p.text[i]), 8)
		}
	default:
		value := func(i int) int { return strings.IndexByte(letters, p.text[i]) }
		for i := 0; i+1 < len(p.text); i += 2 {
			b.add(value(i)*45+value(i+1), 11)
		}
		if len(p.text)%2 == 1 {
			b.add(value(len(p.text)-1), 6)
		}
	}
	b.add(0, min(4, room*8-b.n)) // the terminator
	b.add(0, (8-b.n%8)%8)
	for pad := 0xec; len(b.words) < room; pad ^= 0xec ^ 0x11 {
		b.words = append(b.words, byte(pad))
	}
	return b.words
}

// dataWords is how many words of a symbol are not check words.
func dataWords(version int, l level) int {
	return allWords(version) - checkWords[l][version-1]*blockCount[l][version-1]
}

// allWords is how many words a symbol has room for: its modules without those of
// the fixed patterns and of format and version.
func allWords(version int) int {
	side := 17 + 4*version
	modules := side*side - 3*64 - 2*(side-16) - 31 // finders with their margins, timing, format with the dark module
	if n := len(alignments(version)); n > 0 {
		modules -= (n*n - 3) * 25  // three corners belong to the finders
		modules += 2 * (n - 2) * 5 // those on the timing lines were counted twice
		if version >= 7 {
			modules -= 2 * 18 // the version
		}
	}
	return modules / 8
}

// interleaved cuts words into blocks, adds each block's check words, and deals
// all of them out in turns (8.6 of the standard).
func interleaved(data []byte, version int, l level) []byte {
	blocks, check := blockCount[l][version-1], checkWords[l][version-1]
	short := len(data) / blocks
	longer := len(data) % blocks // the last ones have a word more
	out := make([]byte, 0, allWords(version))
	parts, checks := make([][]byte, blocks), make([][]byte, blocks)
	divisor := generator(check)
	for i := range blocks {
		size := short
		if i >= blocks-longer {
			size++
		}
		parts[i], data = data[:size], data[size:]
		checks[i] = remainder(parts[i], divisor)
	}
	for at := range short + 1 {
		for _, p := range parts {
			if at < len(p) {
				out = append(out, p[at])
			}
		}
	}
	for at := range check {
		for _, c := range checks {
			out = append(out, c[at])
		}
	}
	return out
}
