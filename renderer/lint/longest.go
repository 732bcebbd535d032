package lint

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"unicode"
)

// usual is how much of a text's maxLength a long sample fills, unless told
// otherwise: schemas leave room above what is ever written.
const usual = 0.4

// without a maxLength a text is made this long.
const unbounded = 80

// The words of long texts, of common lengths. A text of them can be broken
// between any two.
var (
	latin    = strings.Fields("Abdurahmonova Nizomxoʻjayev Qoraqalpogʻiston Shayxontohur tumanidagi umumtaʼlim maktabi binosi Mustaqillik koʻchasi Islomiddinov")
	cyrillic = strings.Fields("Абдураҳмонова Низомхўжаев Қорақалпоғистон Шайхонтоҳур туманидаги умумтаълим мактаби биноси Мустақиллик кўчаси Исломиддинов")
)

// longer makes a sample's texts long: each one that the schema leaves free is
// filled up with words to a share of its maxLength, or stays as it is where it is
// longer. Numbers of documents, days, codes and pictures stay.
func (m *model) longer(sample []byte, share float64) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(sample))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	return json.Marshal(m.lengthen(v, []*node{m.root}, share))
}

func (m *model) lengthen(v any, nodes []*node, share float64) any {
	switch v := v.(type) {
	case string:
		limit, free := m.room(nodes)
		if !free {
			return v
		}
		return fill(v, int(math.Round(share*float64(limit))), limit)
	case []any:
		for i := range v {
			v[i] = m.lengthen(v[i], elements(nodes), share)
		}
	case map[string]any:
		for k := range v {
			v[k] = m.lengthen(v[k], field(nodes, k), share)
		}
	}
	return v
}

// room tells whether a text may be any words, and how many letters it may have.
func (m *model) room(nodes []*node) (limit int, free bool) {
	for _, n := range spread(nodes) {
		if n.strict || len(n.enum) > 0 || n.typ != "" && n.typ != "string" {
			return 0, false
		}
		if n.limit > 0 && (limit == 0 || n.limit < limit) {
			limit = n.limit
		}
	}
	if limit == 0 {
		limit = 2 * unbounded
	}
	return limit, len(nodes) > 0
}

// fill puts words behind a text until it has the wanted length.
func fill(s string, want, limit int) string {
	words := latin
	if strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) }) {
		words = cyrillic
	}
	n := len([]rune(s))
	for i := 0; n < want; i++ {
		w := words[i%len(words)]
		l := len([]rune(w)) + 1
		if n == 0 {
			l--
		} else {
			w = " " + w
		}
		if n+l > limit {
			break
		}
		s += w
		n += l
	}
	return s
}
