package lint

import (
	"regexp"
	"strconv"
	"strings"
)

// blank takes a style sheet's comments away, keeping every offset.
func blank(css string) string {
	out := []byte(css)
	for i := 0; i+1 < len(css); i++ {
		if css[i] != '/' || css[i+1] != '*' {
			continue
		}
		end := behind(css, i, "*/")
		for ; i < end; i++ {
			if out[i] != '\n' {
				out[i] = ' '
			}
		}
		i--
	}
	return string(out)
}

var (
	urlCall    = regexp.MustCompile(`(?i)\burl\(\s*["']?\s*([^)"']*)|\b(?:src|image|image-set)\(\s*["']([^"']*)`)
	importRule = regexp.MustCompile(`(?i)@import\b`)
	scheme     = regexp.MustCompile(`(?i)\b(https?|ftp|file|wss?):|["'(]\s*//`)
	quoted     = regexp.MustCompile(`"((?:[^"\\\n]|\\[\s\S])*)"|'((?:[^'\\\n]|\\[\s\S])*)'`)
	classRule  = regexp.MustCompile(`\.(-?[_a-zA-Z][-_a-zA-Z0-9]*)`)
	cssEscape  = regexp.MustCompile(`\\([0-9a-fA-F]{1,6})[ \n]?|\\([^0-9a-fA-F\n])`)
)

// inside tells of an address whether the page itself holds what it names.
func inside(address string) bool {
	address = strings.ToLower(strings.TrimSpace(address))
	return strings.HasPrefix(address, "data:") || strings.HasPrefix(address, "#")
}

// hit is a place in a text and what is wrong there.
type hit struct {
	at   int
	text string
}

// cssAddresses lists what a style sheet would fetch.
func cssAddresses(css string) (hits []hit) {
	css = blank(css)
	var covered [][2]int
	for _, m := range importRule.FindAllStringIndex(css, -1) {
		hits = append(hits, hit{m[0], "@import fetches another style sheet: write the rules here"})
		end := strings.IndexByte(css[m[0]:], ';')
		if end < 0 {
			end = len(css) - m[0]
		}
		covered = append(covered, [2]int{m[0], m[0] + end})
	}
	within := func(at int) bool {
		for _, c := range covered {
			if at >= c[0] && at <= c[1] {
				return true
			}
		}
		return false
	}
	for _, m := range urlCall.FindAllStringSubmatchIndex(css, -1) {
		if within(m[0]) {
			continue
		}
		address := ""
		for g := 2; g+1 < len(m); g += 2 {
			if m[g] >= 0 {
				address = css[m[g]:m[g+1]]
			}
		}
		switch {
		case !inside(address):
			hits = append(hits, hit{m[0], "an address outside the page: only data: and # are there when it is printed"})
		case inMargin(css, m[0]):
			hits = append(hits, hit{m[0], "a picture in the paper's margin: nobody waits for it, and a header or footer takes text only"})
		}
		covered = append(covered, [2]int{m[0], m[1]})
	}
	for _, m := range scheme.FindAllStringIndex(css, -1) {
		if !within(m[0]) {
			hits = append(hits, hit{m[0], "an address outside the page"})
		}
	}
	return hits
}

// inMargin tells whether an offset lies in a rule of @page.
func inMargin(css string, at int) bool {
	i := strings.LastIndex(css[:at], "@page")
	return i >= 0 && strings.Count(css[i:at], "{") > strings.Count(css[i:at], "}")
}

// cssTexts are the texts that a style sheet prints.
func cssTexts(css string) (hits []hit) {
	css = blank(css)
	for _, m := range quoted.FindAllStringSubmatchIndex(css, -1) {
		from, to := m[2], m[3]
		if from < 0 {
			from, to = m[4], m[5]
		}
		hits = append(hits, hit{from, unescapeCSS(css[from:to])})
	}
	return hits
}

func unescapeCSS(s string) string {
	return cssEscape.ReplaceAllStringFunc(s, func(e string) string {
		if n, err := strconv.ParseUint(strings.TrimSpace(e[1:]), 16, 32); err == nil {
			return string(rune(n))
		}
		return e[1:]
	})
}

// cssClasses are the classes that a style sheet has rules for.
func cssClasses(css string, into map[string]bool) {
	css = quoted.ReplaceAllString(blank(css), `""`)
	// What stands before a brace is a selector, or an at-rule around some.
	for part := range strings.SplitSeq(css, "{") {
		if i := strings.LastIndexAny(part, "};"); i >= 0 {
			part = part[i+1:]
		}
		for _, m := range classRule.FindAllStringSubmatch(part, -1) {
			into[m[1]] = true
		}
	}
}
