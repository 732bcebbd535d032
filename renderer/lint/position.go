package lint

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// lineAt is the line, from 1, of an offset in a text.
func lineAt(text string, offset int) int {
	return 1 + strings.Count(text[:min(max(offset, 0), len(text))], "\n")
}

// jsonLines maps every JSON pointer of a document to its line. What follows a
// fault of syntax is missing.
func jsonLines(raw []byte) map[string]int {
	lines := map[string]int{}
	d := json.NewDecoder(bytes.NewReader(raw))
	text := string(raw)
	var value func(at string) bool
	value = func(at string) bool {
		token, err := d.Token()
		if err != nil {
			return false
		}
		if _, named := lines[at]; !named {
			lines[at] = lineAt(text, int(d.InputOffset())-1)
		}
		switch token {
		case json.Delim('{'):
			for d.More() {
				key, err := d.Token()
				name, ok := key.(string)
				if err != nil || !ok {
					return false
				}
				next := at + "/" + escapePointer(name)
				lines[next] = lineAt(text, int(d.InputOffset())-1)
				if !value(next) {
					return false
				}
			}
		case json.Delim('['):
			for i := 0; d.More(); i++ {
				if !value(at + "/" + strconv.Itoa(i)) {
					return false
				}
			}
		default:
			return true
		}
		_, err = d.Token()
		return err == nil
	}
	value("")
	return lines
}

func escapePointer(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// lineOf is the line of the longest known beginning of a pointer: a field that
// is missing is reported where its object begins.
func lineOf(lines map[string]int, pointer string) int {
	for {
		if n, ok := lines[pointer]; ok {
			return n
		}
		i := strings.LastIndexByte(pointer, '/')
		if i < 0 {
			return lines[""]
		}
		pointer = pointer[:i]
	}
}

// yamlLines maps the keys of a YAML mapping, and of those in it as key/key, to
// their lines.
func yamlLines(raw []byte) map[string]int {
	lines := map[string]int{}
	var root yaml.Node
	if yaml.Unmarshal(raw, &root) != nil || len(root.Content) == 0 {
		return lines
	}
	var read func(n *yaml.Node, at string)
	read = func(n *yaml.Node, at string) {
		if n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := at + n.Content[i].Value
			lines[key] = n.Content[i].Line
			read(n.Content[i+1], key+"/")
		}
	}
	read(root.Content[0], "")
	return lines
}
