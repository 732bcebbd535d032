package demo

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/saylovhub/hub/internal/client"
)

// Table prints what became of each subject.
func Table(w io.Writer, all []client.Dossier) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "APPLICATION\tSUBJECT\tCOLUMNS\tELIGIBILITY\tDOCUMENT\tSMS")
	for _, d := range all {
		number := d.Number
		for _, s := range d.Subjects {
			fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%s\t%s\n", number, name(s), len(s.Columns), verdict(s), document(d, s), notices(d, s.Ref))
			number = ""
		}
		fmt.Fprintf(t, "\t(applicant)\t\t\t%s\t%s\n", document(d, client.Subject{}), notices(d, ""))
	}
	return t.Flush()
}

func name(s client.Subject) string {
	var surname, given string
	for _, c := range s.Columns {
		switch c.Name {
		case "surname":
			surname = c.Value
		case "given_name":
			given = c.Value
		}
	}
	return strings.TrimSpace(surname + " " + given)
}

// verdict is the verdict with the first reason that is not a pass.
func verdict(s client.Subject) string {
	if s.Assessment == nil {
		return "-"
	}
	text := fmt.Sprintf("%s (rev %d)", s.Assessment.Verdict, s.Assessment.Revision)
	for _, want := range []string{"fail", "undetermined", "warn"} {
		for _, r := range s.Assessment.Rules {
			if r.Result == want {
				return text + ": " + r.Rule + " " + r.Text
			}
		}
	}
	for _, r := range s.Assessment.Rules {
		if strings.HasSuffix(r.Rule, "-AGE") {
			return text + ": " + r.Text
		}
	}
	return text
}

func document(d client.Dossier, s client.Subject) string {
	for _, doc := range d.Documents {
		if doc.Subject == s.Ref {
			if doc.Template == "decision" && len(d.Decisions) > 0 { // a copy bears the decision's own number
				return "decision № " + d.Decisions[len(d.Decisions)-1].Number
			}
			return fmt.Sprintf("%s № %s", doc.Template, doc.Number)
		}
	}
	for _, dec := range d.Decisions {
		for _, o := range dec.Subjects {
			if o.Ref == s.Ref && o.Outcome == "refuse" {
				return "refused: " + o.Reason
			}
		}
	}
	return "-"
}

func notices(d client.Dossier, ref string) string {
	var list []string
	for _, n := range d.Notices {
		if n.Subject == ref {
			list = append(list, n.Notice+" "+n.State)
		}
	}
	if len(list) == 0 {
		return "-"
	}
	return strings.Join(list, ", ")
}
