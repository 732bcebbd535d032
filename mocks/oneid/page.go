package oneid

import (
	_ "embed"
	"errors"
	"html/template"
	"net/http"
	"strings"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/mocks/population"
)

//go:embed page.html
var pageText string

var pages = template.Must(template.New("page").Parse(pageText))

// label is a method in the words of the page.
type label struct{ Method, Text string }

var labels = []label{
	{MethodSignature, "ERI"},
	{MethodOrganisation, "Tashkilot ERIsi"},
	{MethodPassword, "Login va parol"},
	{MethodMobile, "Mobil ilova"},
	{MethodQR, "QR-kod"},
}

// mistakes in the words of the page.
var mistakes = map[error]string{
	ErrNobody:      "Bunday JSHSHIR sinov aholisida yo‘q. 14 ta raqamni tekshiring.",
	ErrMethod:      "Bu usul bilan kirib bo‘lmaydi: so‘rov yuborgan tizim unga ruxsat bermagan.",
	ErrNoTIN:       "Bu shaxsning sertifikati tashkilotga tegishli emas.",
	ErrConfirmed:   "ERI bilan kirilgan hisob tasdiqlangan bo‘ladi. Boshqa usulni tanlang yoki belgini olib tashlang.",
	ErrCertificate: "Sertifikat bekor qilingan yoki muddati tugagan.",
}

// choice is one person of the page's list.
type choice struct {
	Story, Text, Name, Organisation, TIN string
	BirthDate                            civil.Date
	Methods                              []label
}

type view struct {
	Word        string // of a refusal: nothing else is shown then
	Mistake     string
	Hidden      map[string]string
	PINFL       string
	Method      string
	Unconfirmed bool
	Methods     []label
	People      []choice
}

func (s *Server) refusePage(w http.ResponseWriter, word string) {
	show(w, http.StatusBadRequest, view{Word: word})
}

// loginPage shows who there is to sign in as.
func (s *Server) loginPage(w http.ResponseWriter, r *http.Request) {
	a := readAsked(r.URL.Query())
	if word := s.check(a); word != "" {
		s.refusePage(w, word)
		return
	}
	show(w, http.StatusOK, s.view(a))
}

// login takes a choice on the page: a button beside a story, or a PINFL with a
// method.
func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, longestForm)
	if err := r.ParseForm(); err != nil {
		s.refusePage(w, errForm)
		return
	}
	a := readAsked(r.PostForm)
	if word := s.check(a); word != "" {
		s.refusePage(w, word)
		return
	}
	o := Order{As: strings.TrimSpace(r.PostForm.Get("pinfl")), Method: r.PostForm.Get("method"), Unconfirmed: r.PostForm.Get("unconfirmed") != ""}
	typed := o
	if story, method, picked := strings.Cut(r.PostForm.Get("pick"), " "); picked {
		o.As, o.Method = story, method
	}
	location, err := s.signIn(o, a)
	if err != nil {
		v := s.view(a)
		v.PINFL, v.Method, v.Unconfirmed = typed.As, typed.Method, typed.Unconfirmed
		v.Mistake = "Kirish amalga oshmadi."
		for known, text := range mistakes {
			if errors.Is(err, known) {
				v.Mistake = text
			}
		}
		show(w, http.StatusUnprocessableEntity, v)
		return
	}
	header(w)
	w.Header().Set("Location", location)
	w.WriteHeader(http.StatusFound)
}

func (s *Server) view(a asked) view {
	v := view{Hidden: map[string]string{}}
	for key, values := range a.query() {
		v.Hidden[key] = values[0]
	}
	for _, l := range labels {
		if a.allows(l.Method) {
			v.Methods = append(v.Methods, l)
		}
	}
	for _, story := range population.Stories() {
		p := s.o.Population.ByStory(story.Name)
		c := choice{
			Story: story.Name, Text: story.Text, Name: p.FullName(), BirthDate: p.BirthDate,
			Organisation: p.Certificate.Organisation, TIN: p.Certificate.TIN,
		}
		for _, l := range v.Methods {
			if l.Method != MethodOrganisation || c.TIN != "" {
				c.Methods = append(c.Methods, l)
			}
		}
		v.People = append(v.People, c)
	}
	return v
}

// header keeps the page to itself. There is no form-action: browsers apply it
// to the redirect that follows the form, too.
func header(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
}

func show(w http.ResponseWriter, status int, v view) {
	header(w)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = pages.Execute(w, v) // the browser may be gone
}
