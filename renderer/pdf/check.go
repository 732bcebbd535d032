package pdf

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	isLanguage = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`)
	isFileName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)
	isMedia    = regexp.MustCompile(`^[a-z]+/[a-z0-9][a-z0-9.+-]{0,80}$`)
)

// maxOption bounds one text of the options, in bytes.
const maxOption = 4096

func (o Options) check() error {
	if o.At.IsZero() || o.At.Year() < 1970 || o.At.Year() > 9998 {
		return errors.New("want a business time")
	}
	if strings.TrimSpace(o.Title) == "" {
		return errors.New("want a title")
	}
	for what, s := range map[string]string{
		"title": o.Title, "subject": o.Subject, "author": o.Author, "identifier": o.Identifier, "code": o.Code,
	} {
		if !plain(s) {
			return fmt.Errorf("%s: want a text without control characters, at most %d bytes", what, maxOption)
		}
	}
	if o.Language != "" && !isLanguage.MatchString(o.Language) {
		return errors.New("language: want BCP 47, such as uz-Latn")
	}
	if o.Archive < None || o.Archive > A3B {
		return errors.New("archive: want None, A2B or A3B")
	}
	if o.Archive == A2B && len(o.Attach) > 0 {
		return errors.New("archive: PDF/A-2b allows no attached file, PDF/A-3b does")
	}
	names := map[string]bool{}
	for _, a := range o.Attach {
		key := strings.ToLower(a.Name)
		switch {
		case !isFileName.MatchString(a.Name):
			return errors.New("attached file: want a name of letters, digits, point, hyphen and underscore, at most 100")
		case names[key]:
			return fmt.Errorf("attached file %s: stands twice", a.Name)
		case !isMedia.MatchString(a.MediaType):
			return fmt.Errorf("attached file %s: want a media type, such as application/json", a.Name)
		case !plain(a.Description):
			return fmt.Errorf("attached file %s: want a description without control characters", a.Name)
		}
		names[key] = true
	}
	return nil
}

// plain tells whether s can be written in XML 1.0 and in a dictionary.
func plain(s string) bool {
	if len(s) > maxOption || !utf8.ValidString(s) {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || r == 0xfffe || r == 0xffff
	})
}
