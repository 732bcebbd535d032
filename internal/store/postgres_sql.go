package store

import (
	"database/sql/driver"
	"strconv"
	"strings"
	"sync"
)

// translated holds the texts that dollars was asked for: the queries of this
// package, so there are only so many.
var translated sync.Map

// dollars turns the placeholders of this package's SQL (? in a row, or ?1 by
// number) into PostgreSQL's $1.
func dollars(query string) string {
	if v, ok := translated.Load(query); ok {
		return v.(string)
	}
	var b strings.Builder
	n := 0
	for i := 0; i < len(query); i++ {
		switch c := query[i]; c {
		case '\'': // a text ends at the next quote; a doubled one begins it anew
			end := strings.IndexByte(query[i+1:], '\'')
			if end < 0 {
				end = len(query) - i - 2
			}
			b.WriteString(query[i : i+end+2])
			i += end + 1
		case '?':
			j := i + 1
			for j < len(query) && query[j] >= '0' && query[j] <= '9' {
				j++
			}
			b.WriteByte('$')
			if j > i+1 {
				b.WriteString(query[i+1 : j])
			} else {
				n++
				b.WriteString(strconv.Itoa(n))
			}
			i = j - 1
		default:
			b.WriteByte(c)
		}
	}
	v, _ := translated.LoadOrStore(query, b.String())
	return v.(string)
}

// natural turns values of named types into those they are made of, as
// database/sql does by itself for other databases: left alone, the driver would
// take what their String methods say.
func natural(args []any) []any {
	if len(args) == 0 {
		return nil
	}
	out := make([]any, len(args))
	for i, a := range args {
		v, err := driver.DefaultParameterConverter.ConvertValue(a)
		if err != nil {
			v = a // the driver says what it does not take
		}
		out[i] = v
	}
	return out
}
