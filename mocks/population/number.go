package population

import (
	"fmt"
	"strconv"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
)

// Person.Number in bands: a person's documents, phone and chance hang on it, so
// that stories added later do not change who the others are.
const (
	firstStories  = 33        // the stories that there were first have 0 to 32, ordinary people follow
	laterStories  = 2_000_000 // stories added since
	storyRelative = 2_100_000 // their families
	relative      = 2_200_000 // families of ordinary people
	lastNumber    = 9_000_000

	// MaxSize is how many ordinary people there can be.
	MaxSize = 1_900_000
)

// Serials of PINFLs by band: whoever comes later takes no number from those
// who were there before.
const (
	serialsOfRelatives = 300
	serialsOfStories   = 700
)

// numberOf is the Number of the i-th story.
func numberOf(story int) int {
	if story < firstStories {
		return story
	}
	return laterStories + story - firstStories
}

// packed is a PINFL as a number, to keep many of them small.
type packed uint64

func pack(p personal.PINFL) (packed, bool) {
	n, err := strconv.ParseUint(string(p), 10, 64)
	return packed(n), err == nil && len(p) == 14
}

func (p packed) pinfl() personal.PINFL { return personal.PINFL(fmt.Sprintf("%014d", uint64(p))) }

// assemble makes a PINFL: digits for century and sex, birth date, territory,
// serial, check digit.
func assemble(sex Sex, d civil.Date, territory, serial int) packed {
	century := 2*(d.Year/100-18) + int(sex)
	body := century
	body = body*100 + d.Day
	body = body*100 + int(d.Month)
	body = body*100 + d.Year%100
	body = body*1000 + territory
	body = body*1000 + serial
	sum, weights := 0, [3]int{7, 3, 1}
	for i, rest := 12, body; i >= 0; i, rest = i-1, rest/10 {
		sum += rest % 10 * weights[i%3]
	}
	return packed(body*10 + sum%10)
}

// reserve finds a free PINFL for the person at the index and takes it: territory
// 99x, serial from skip+1 on.
func (p *Population) reserve(sex Sex, born civil.Date, number, index, skip int) packed {
	for n := skip; ; n++ {
		free := assemble(sex, born, 990+(number+n/999)%10, n%999+1)
		if _, taken := p.byPINFL[free]; !taken {
			p.byPINFL[free] = int32(index)
			return free
		}
	}
}

// phone is unique by number: neither 900 nor 00 is followed by a subscriber.
func phone(number int) personal.Phone {
	if number < 1_000_000 {
		return personal.Phone(fmt.Sprintf("998900%06d", number+1))
	}
	return personal.Phone(fmt.Sprintf("99800%07d", number+1))
}

// numberOfDocument reads the Number back from a document XA0000001 or
// I-XA0000001.
func numberOfDocument(d string) (int, bool) {
	if len(d) == 11 && d[:2] == "I-" {
		d = d[2:]
	}
	if len(d) != 9 || d[:2] != "XA" {
		return 0, false
	}
	n, err := strconv.ParseUint(d[2:], 10, 32)
	return int(n) - 1, err == nil && n > 0
}
