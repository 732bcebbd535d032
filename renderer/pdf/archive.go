package pdf

import (
	"fmt"
	"slices"
)

// archivable refuses what PDF/A-2 forbids and what can be seen without reading
// the pages' drawing operators: it is no proof that a file conforms.
func (f *file) archivable(root dict) error {
	for _, key := range []name{"AA", "AcroForm", "OCProperties", "Requirements", "NeedsRendering", "Perms"} {
		if root[key] != nil {
			return fmt.Errorf("the catalogue has /%s", key)
		}
	}
	if root["Names"] != nil {
		names, err := f.dict(root["Names"])
		if err != nil {
			return err
		}
		for _, key := range []name{"JavaScript", "AlternatePresentations", "EmbeddedFiles"} {
			if names[key] != nil {
				return fmt.Errorf("the catalogue names /%s", key)
			}
		}
	}
	for _, n := range f.order {
		v, err := f.object(n)
		if err != nil {
			return err
		}
		c := inspector{file: f}
		if st, ok := v.(stream); ok {
			c.stream(st.dict)
			v = st.dict
		}
		c.value("", v)
		if c.fault != "" {
			return fmt.Errorf("object %d: %s", n, c.fault)
		}
	}
	return nil
}

// inspector looks at one object and keeps the first fault.
type inspector struct {
	*file
	fault string
}

func (c *inspector) refuse(ok bool, format string, args ...any) {
	if ok && c.fault == "" {
		c.fault = fmt.Sprintf(format, args...)
	}
}

func (c *inspector) stream(d dict) {
	switch filter := d["Filter"]; filter {
	case nil, name("FlateDecode"), name("DCTDecode"):
	default:
		c.refuse(true, "filter %s of a stream", shown(filter))
	}
	c.refuse(d["F"] != nil, "a stream outside the file")
	switch d["Subtype"] {
	case name("Image"):
		c.refuse(d["Interpolate"] == true, "an interpolated image")
		c.refuse(d["Alternates"] != nil || d["OPI"] != nil, "an image with alternates")
	case name("Form"):
		c.refuse(d["OPI"] != nil || d["Ref"] != nil || d["PS"] != nil, "a form that refers elsewhere")
	case name("PS"):
		c.refuse(true, "PostScript")
	}
}

// blends are the blend modes of ISO 32000-1.
var blends = []any{
	name("Normal"), name("Compatible"), name("Multiply"), name("Screen"), name("Overlay"), name("Darken"), name("Lighten"),
	name("ColorDodge"), name("ColorBurn"), name("HardLight"), name("SoftLight"), name("Difference"), name("Exclusion"),
	name("Hue"), name("Saturation"), name("Color"), name("Luminosity"),
}

// value looks at v, which stands under key, and at all within it.
func (c *inspector) value(key name, v any) {
	switch v := v.(type) {
	case name:
		c.refuse(v == "DeviceCMYK" || v == "DeviceN" || v == "Separation", "colours of /%s", v)
		c.refuse(len(v) > 127, "a name of %d bytes", len(v))
	case text:
		c.refuse(len(v) > 32767, "a string of %d bytes", len(v))
	case array:
		for _, e := range v {
			c.value(key, e)
		}
	case dict:
		c.dictionary(key, v)
		for k, e := range v {
			c.value(k, e)
		}
	}
}

func (c *inspector) dictionary(key name, d dict) {
	c.refuse(d["AA"] != nil, "additional actions")
	c.refuse(d["JS"] != nil || d["JavaScript"] != nil, "JavaScript")
	if kind := d["S"]; kind != nil && (key == "A" || key == "OpenAction" || key == "Next" || d["Type"] == name("Action")) {
		c.refuse(kind != name("URI") && kind != name("GoTo"), "an action %s", shown(kind))
	}
	mode := d["BM"]
	if mode != nil {
		_, isName := mode.(name)
		c.refuse(!isName || !slices.Contains(blends, mode), "blend mode %s", shown(mode))
	}
	switch d["Type"] {
	case name("Font"):
		c.font(d)
	case name("Annot"):
		flags, _ := d["F"].(float64)
		c.refuse(d["Subtype"] != name("Link"), "an annotation %s", shown(d["Subtype"]))
		c.refuse(int(flags)&4 == 0 || int(flags)&(1|2|32) != 0, "an annotation that is not printed")
	case name("ExtGState"):
		c.state(d)
	case name("EmbeddedFile"), name("Filespec"):
		c.refuse(true, "an attached file")
	case name("Page"):
		c.refuse(d["PresSteps"] != nil, "presentation steps")
	}
	if d["LW"] != nil || d["ca"] != nil || d["CA"] != nil { // Chrome's states have no type
		c.state(d)
	}
}

func (c *inspector) state(d dict) {
	c.refuse(d["TR"] != nil || d["HTP"] != nil, "a transfer function")
	c.refuse(d["TR2"] != nil && d["TR2"] != name("Default"), "a transfer function")
}

// shown is a name for an error; other values may hold anything.
func shown(v any) string {
	if n, ok := v.(name); ok && len(n) < 64 {
		return string(appendName(nil, n))
	}
	return "of another kind"
}

// font wants its program to be in the file.
func (c *inspector) font(d dict) {
	base, _ := d["BaseFont"].(name)
	switch d["Subtype"] {
	case name("Type0"):
		descendants, err := c.resolve(d["DescendantFonts"])
		list, ok := descendants.(array)
		if err != nil || !ok || len(list) != 1 {
			c.refuse(true, "font %s without a descendant", base)
			return
		}
		child, err := c.dict(list[0])
		c.refuse(err != nil || child["Subtype"] != name("CIDFontType2") && child["Subtype"] != name("CIDFontType0"),
			"font %s without a descendant", base)
		c.refuse(d["Encoding"] != name("Identity-H") && d["Encoding"] != name("Identity-V"), "encoding of font %s", base)
	case name("CIDFontType2"), name("CIDFontType0"), name("TrueType"), name("Type1"):
		descriptor, err := c.dict(d["FontDescriptor"])
		embedded := false
		for _, key := range []name{"FontFile", "FontFile2", "FontFile3"} {
			at, ok := descriptor[key].(ref)
			if v, err := c.resolve(at); ok && err == nil {
				_, embedded = v.(stream)
			}
		}
		c.refuse(err != nil || !embedded, "font %s is not embedded", base)
		c.refuse(d["Subtype"] == name("CIDFontType2") && d["CIDToGIDMap"] == nil, "font %s without a glyph map", base)
	default:
		c.refuse(true, "font %s of type %s", base, shown(d["Subtype"]))
	}
}
