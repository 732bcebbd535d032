package pdf

import (
	"bytes"
	"encoding/xml"
	"fmt"
)

// hubSpace names the metadata that is ours.
const hubSpace = "https://github.com/saylovhub/hub/ns/1.0/"

// xmp is the metadata packet: what info says, the language, the identifier,
// and for archives the form with a description of our own field.
func (o Options) xmp(producer string) []byte {
	var b bytes.Buffer
	b.WriteString("<?xpacket begin=\"\ufeff\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n" +
		"<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n" +
		"<rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\"" +
		" xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\" xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\" xmlns:hub=\"" + hubSpace + "\">\n")
	line := func(open, value, end string) {
		if value == "" {
			return
		}
		b.WriteString(open)
		_ = xml.EscapeText(&b, []byte(value)) // a buffer does not fail
		b.WriteString(end + "\n")
	}
	const alt, altEnd = "<rdf:Alt><rdf:li xml:lang=\"x-default\">", "</rdf:li></rdf:Alt>"
	line("<dc:format>", "application/pdf", "</dc:format>")
	line("<dc:title>"+alt, o.Title, altEnd+"</dc:title>")
	line("<dc:description>"+alt, o.Subject, altEnd+"</dc:description>")
	line("<dc:creator><rdf:Seq><rdf:li>", o.Author, "</rdf:li></rdf:Seq></dc:creator>")
	line("<dc:language><rdf:Bag><rdf:li>", o.Language, "</rdf:li></rdf:Bag></dc:language>")
	line("<dc:identifier>", o.Identifier, "</dc:identifier>")
	at := o.At.UTC().Format("2006-01-02T15:04:05+00:00")
	line("<xmp:CreatorTool>", creator, "</xmp:CreatorTool>")
	line("<xmp:CreateDate>", at, "</xmp:CreateDate>")
	line("<xmp:ModifyDate>", at, "</xmp:ModifyDate>")
	line("<xmp:MetadataDate>", at, "</xmp:MetadataDate>")
	line("<pdf:Producer>", producer, "</pdf:Producer>")
	if o.Archive != None {
		line("<pdfaid:part>", parts[o.Archive], "</pdfaid:part>")
		line("<pdfaid:conformance>", "B", "</pdfaid:conformance>")
	}
	line("<hub:code>", o.Code, "</hub:code>")
	b.WriteString("</rdf:Description>\n")
	if o.Archive != None && o.Code != "" {
		b.WriteString(extension)
	}
	b.WriteString("</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end=\"w\"?>")
	return b.Bytes()
}

var parts = map[Archive]string{A2B: "2", A3B: "3"}

// extension describes hub:code, as PDF/A asks of fields that it does not know.
const extension = `<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"` +
	` xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>Saylov Hub</pdfaSchema:schema>
<pdfaSchema:namespaceURI>` + hubSpace + `</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>hub</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>code</pdfaProperty:name>
<pdfaProperty:valueType>Text</pdfaProperty:valueType>
<pdfaProperty:category>external</pdfaProperty:category>
<pdfaProperty:description>Text of the document's QR code</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
`

// packet is what is read back of the metadata.
type packet struct {
	RDF struct {
		Descriptions []struct {
			Title struct {
				Text string `xml:"Alt>li"`
			} `xml:"http://purl.org/dc/elements/1.1/ title"`
			Identifier string `xml:"http://purl.org/dc/elements/1.1/ identifier"`
			Producer   string `xml:"http://ns.adobe.com/pdf/1.3/ Producer"`
			Part       string `xml:"http://www.aiim.org/pdfa/ns/id/ part"`
			Code       string `xml:"https://github.com/saylovhub/hub/ns/1.0/ code"`
		} `xml:"Description"`
	} `xml:"http://www.w3.org/1999/02/22-rdf-syntax-ns# RDF"`
}

// maxPacket bounds the metadata, in bytes.
const maxPacket = 64 << 10

// metadata fills in what only the metadata holds, and refuses a file whose
// metadata and information differ.
func (f *file) metadata(root dict, info *Info) error {
	if root["Metadata"] == nil {
		return nil
	}
	v, err := f.resolve(root["Metadata"])
	if err != nil {
		return err
	}
	st, ok := v.(stream)
	if !ok || st.dict["Filter"] != nil || len(st.raw) > maxPacket {
		return errSyntax
	}
	var p packet
	if err := xml.Unmarshal(st.raw, &p); err != nil || len(p.RDF.Descriptions) == 0 {
		return fmt.Errorf("%w: its XML", errSyntax)
	}
	d := p.RDF.Descriptions[0]
	if d.Title.Text != info.Title || d.Producer != info.Producer || d.Code != info.Code {
		return fmt.Errorf("%w: it differs from the information", errSyntax)
	}
	info.Identifier = d.Identifier
	for archive, part := range parts {
		if d.Part == part {
			info.Archive = archive
		}
	}
	return nil
}
