package pdf

import (
	"bytes"
	"fmt"
	"maps"
)

const (
	creator      = "Saylov Hub"
	codeKey name = "HubCode"
)

// Finish makes of what Chrome printed the file that is issued, before a seal:
// with the options' information, the same in the XMP metadata, dates and ids
// that depend on nothing but the input, and what the archive's form asks for.
// Equal input and options give equal bytes; two prints of one page that differ
// in the time of printing or in the numbers of the browser's nodes are equal
// after it. A file that is finished, sealed or encrypted already is refused.
func Finish(raw []byte, o Options) ([]byte, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("finishing a PDF: %w", err)
	}
	f, err := open(raw)
	if err == nil {
		err = f.check()
	}
	if err != nil {
		return nil, fmt.Errorf("finishing a PDF: %w", err)
	}
	out, err := f.finish(o)
	if err != nil {
		return nil, fmt.Errorf("finishing a PDF: %w", err)
	}
	return out, nil
}

func (f *file) finish(o Options) ([]byte, error) {
	rootAt, ok := f.trailer["Root"].(ref)
	infoAt, good := f.trailer["Info"].(ref)
	if !ok || !good || rootAt == infoAt {
		return nil, errSyntax
	}
	root, err := f.dict(rootAt)
	if err != nil {
		return nil, err
	}
	for _, key := range []name{"Metadata", "OutputIntents", "AF", "AcroForm"} {
		if root[key] != nil {
			return nil, fmt.Errorf("%w: /%s, it is finished already", errSyntax, key)
		}
	}
	info, err := f.dict(infoAt)
	if err != nil {
		return nil, err
	}
	producer, err := f.text(info["Producer"])
	if err != nil {
		return nil, err
	}
	if _, err := f.pages(root); err != nil {
		return nil, err
	}
	if o.Archive != None {
		if err := f.archivable(root); err != nil {
			return nil, fmt.Errorf("preparing for PDF/A: %w", err)
		}
	}
	if o.Language == "" {
		if o.Language, err = f.text(root["Lang"]); err != nil {
			return nil, err
		}
	}
	nodes, err := f.nodes(root)
	if err != nil {
		return nil, fmt.Errorf("renumbering the structure's nodes: %w", err)
	}
	next := f.order[0]
	for _, n := range f.order {
		next = max(next, n)
	}
	extra := additions{next: ref(next + 1)}
	if root, err = extra.catalogue(f, root, producer, o); err != nil {
		return nil, err
	}
	w := newWriter(len(f.raw)+extra.size()+1024, int(extra.next))
	for _, n := range f.order {
		switch ref(n) {
		case infoAt:
			w.object(n, o.info(producer))
		case rootAt:
			w.object(n, root)
		default:
			w.begin(n)
			w.out = nodes.copy(w.out, n, f.raw[f.at[n].from:f.at[n].to])
		}
	}
	for i, v := range extra.objects {
		w.object(next+1+i, v)
	}
	return w.finish(rootAt, infoAt), nil
}

// info is the information dictionary; the metadata must say the same.
func (o Options) info(producer string) dict {
	d := dict{"Creator": text(creator), "CreationDate": dateString(o.At), "ModDate": dateString(o.At)}
	for key, value := range map[name]string{
		"Title": o.Title, "Subject": o.Subject, "Author": o.Author, "Producer": producer, codeKey: o.Code,
	} {
		if value != "" {
			d[key] = textString(value)
		}
	}
	return d
}

// additions are the objects that Finish puts behind the printed ones.
type additions struct {
	next    ref
	objects []any
}

func (a *additions) add(v any) ref {
	a.objects = append(a.objects, v)
	a.next++
	return a.next - 1
}

// addStream adds a stream that is not packed: how a packer works may change,
// these bytes must not.
func (a *additions) addStream(d dict, raw []byte) ref {
	d["Length"] = float64(len(raw))
	return a.add(stream{d, raw})
}

func (a *additions) size() int {
	n := 0
	for _, o := range a.objects {
		n += 512
		if st, ok := o.(stream); ok {
			n += len(st.raw)
		}
	}
	return n
}

// catalogue returns root with what the options ask for.
func (a *additions) catalogue(f *file, root dict, producer string, o Options) (dict, error) {
	root = maps.Clone(root)
	view, err := f.dict(root["ViewerPreferences"])
	if root["ViewerPreferences"] == nil {
		view, err = dict{}, nil
	}
	if err != nil {
		return nil, err
	}
	view = maps.Clone(view)
	view["DisplayDocTitle"] = true
	root["ViewerPreferences"] = view
	if o.Language != "" {
		root["Lang"] = textString(o.Language)
	}
	if o.Archive != None {
		profile := a.addStream(dict{"N": 3.0}, srgb())
		root["OutputIntents"] = array{dict{
			"Type": name("OutputIntent"), "S": name("GTS_PDFA1"), "OutputConditionIdentifier": text("sRGB"),
			"Info": text("sRGB IEC61966-2.1"), "DestOutputProfile": profile,
		}}
	}
	if err := a.attach(f, root, o); err != nil {
		return nil, err
	}
	root["Metadata"] = a.addStream(dict{"Type": name("Metadata"), "Subtype": name("XML")}, o.xmp(producer))
	return root, nil
}

// copy writes an object as it is, its node ids renumbered.
func (n *nodes) copy(out []byte, number int, object []byte) []byte {
	if n == nil || !bytes.Contains(object, []byte("(node")) {
		return append(out, object...)
	}
	return n.rewrite(out, number, object)
}
