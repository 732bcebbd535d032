package notice

import (
	"slices"

	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// sources name the registers as an SMS does.
var sources = map[register.ID]map[string]string{
	register.Personal:   {"uz-Latn": "shaxsiy ma'lumotlar reyestri", "ru": "реестра персональных данных", "en": "the personal data register"},
	register.Address:    {"uz-Latn": "manzillar reyestri", "ru": "реестра адресов", "en": "the address register"},
	register.Employment: {"uz-Latn": "mehnat reyestri", "ru": "реестра занятости", "en": "the employment register"},
	register.WorksAt:    {"uz-Latn": "mehnat reyestri", "ru": "реестра занятости", "en": "the employment register"},
	register.Education:  {"uz-Latn": "ta'lim reyestri", "ru": "реестра образования", "en": "the education register"},
	register.School:     {"uz-Latn": "ta'lim reyestri", "ru": "реестра образования", "en": "the education register"},
	register.Lyceum:     {"uz-Latn": "ta'lim reyestri", "ru": "реестра образования", "en": "the education register"},
	// Which question about a person is open is nobody else's business.
	register.Criminal:   {"uz-Latn": "davlat reyestri", "ru": "государственного реестра", "en": "a state register"},
	register.Capacity:   {"uz-Latn": "davlat reyestri", "ru": "государственного реестра", "en": "a state register"},
	register.Disability: {"uz-Latn": "davlat reyestri", "ru": "государственного реестра", "en": "a state register"},
}

// posts name posts of commissions.
var posts = map[string]map[string]string{
	dossier.Chair:     {"uz-Latn": "rais", "ru": "председатель", "en": "chair"},
	dossier.Deputy:    {"uz-Latn": "rais o'rinbosari", "ru": "заместитель председателя", "en": "deputy chair"},
	dossier.Secretary: {"uz-Latn": "kotib", "ru": "секретарь", "en": "secretary"},
	"member":          {"uz-Latn": "a'zo", "ru": "член", "en": "member"},
}

// reason words the code of a refusal. Grounds of conviction, capacity and post
// leave the commission as bare codes.
func (n *Notices) reason(code, lang string) string {
	r, ok := n.Catalogue.Reason(code)
	if !ok || r.Closed || slices.Contains([]string{"R04", "R05", "R06"}, code) {
		return code
	}
	return map[string]string{"uz-Latn": r.UzL, "ru": r.Ru, "en": r.En}[lang]
}
