package eligibility

import (
	"maps"
	"strings"
)

// texts word the reasons: Uzbek (Latin), Russian, English. Each theme has its own.
var texts = func() map[string][3]string {
	m := map[string][3]string{}
	for _, theme := range []map[string][3]string{proofTexts, personTexts, roleTexts, wholeTexts} {
		maps.Copy(m, theme)
	}
	return m
}()

// Text words an answer's reason in a language (uz-Latn, ru, en; else uz-Latn).
func Text(a Answer, language string) string {
	t, ok := texts[a.Reason]
	if !ok {
		return a.Reason
	}
	i := map[string]int{"ru": 1, "en": 2}[language]
	s := t[i]
	for k, v := range a.Params {
		if w, ok := named[v]; ok && (k == "register" || k == "what" || k == "role") {
			v = w[i]
		}
		s = strings.ReplaceAll(s, "{"+k+"}", v)
	}
	return s
}

// proofTexts word what a rule has or lacks to judge by.
var proofTexts = map[string][3]string{
	"no_answer":         {"reyestrdan javob olinmadi: {register}", "нет ответа реестра: {register}", "no answer from the register: {register}"},
	"absent":            {"reyestrda yozuv yoʻq: {register}", "в реестре нет записи: {register}", "no entry in the register: {register}"},
	"restricted":        {"shaxs maʼlumotga ruxsatni cheklagan: {register}", "владелец закрыл данные: {register}", "the owner has restricted the data: {register}"},
	"confirmed":         {"komissiya hujjat asosida tasdiqlagan: {what}", "комиссия подтвердила по документу: {what}", "confirmed by the commission on paper: {what}"},
	"unconfirmed":       {"hujjat komissiya tasdigʻini kutmoqda: {what}", "документ ждёт подтверждения комиссии: {what}", "the paper awaits the commission: {what}"},
	"unproved":          {"isbotlanmagan: {what}", "не доказано: {what}", "not proved: {what}"},
	"no_statement":      {"imzolangan bayonot yoʻq", "нет подписанного заявления", "no signed statement"},
	"applicant_unknown": {"murojaat etuvchi nomaʼlum", "заявитель неизвестен", "the applicant is not known"},
	"days_unknown":      {"muddat yoki topshirilgan kun nomaʼlum", "неизвестен срок или день подачи", "the last day or the day of submission is not known"},
}
