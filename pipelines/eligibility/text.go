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

// named words what params name: registers, what is proved, roles.
var named = map[string][3]string{
	"personal-data":      {"shaxsiy maʼlumotlar", "персональные данные", "personal data"},
	"employment":         {"ish joyi va lavozimi", "место работы и должность", "employment"},
	"education":          {"maʼlumoti", "образование", "education"},
	"criminal-record":    {"sudlanganlik", "судимость", "criminal record"},
	"legal-capacity":     {"muomala layoqati", "дееспособность", "legal capacity"},
	"employed-at":        {"tashkilotda ishlashi", "работа в организации", "work at an organisation"},
	"school-certificate": {"maktab attestati", "школьный аттестат", "school certificate"},
	"lyceum-certificate": {"litsey diplomi", "диплом лицея", "lyceum certificate"},

	"residence":    {"muqim yashash muddati", "срок постоянного проживания", "term of permanent residence"},
	"language":     {"davlat tilini bilishi", "владение государственным языком", "fluency in the state language"},
	"terms":        {"ikki muddatdan koʻp emasligi", "не более двух сроков подряд", "not more than two terms in a row"},
	"age":          {"yoshi", "возраст", "age"},
	"capacity":     {"muomala layoqati", "дееспособность", "legal capacity"},
	"post":         {"lavozimi", "должность", "post"},
	"clergy":       {"diniy xodim emasligi", "не служитель культа", "not clergy"},
	"work":         {"ish joyi", "место работы", "place of work"},
	"experience":   {"saylov tajribasi", "опыт проведения выборов", "experience of elections"},
	"membership":   {"partiyaga aʼzolik", "членство в партии", "party membership"},
	"kin":          {"nomzodga yaqin qarindosh emasligi", "не близкий родственник кандидата", "not close kin of a candidate"},
	"registration": {"partiyaning roʻyxatdan oʻtgan kuni", "день регистрации партии", "day of the party's registration"},
	"signatures":   {"imzo varaqalari", "подписные листы", "signature sheets"},

	"candidate":      {"nomzod", "кандидат", "candidate"},
	"deputy":         {"deputat", "депутат", "deputy"},
	"proxy":          {"ishonchli vakil", "доверенное лицо", "proxy"},
	"representative": {"vakolatli vakil", "уполномоченный представитель", "authorised representative"},
	"observer":       {"kuzatuvchi", "наблюдатель", "observer"},
	"journalist":     {"OAV vakili", "представитель СМИ", "media representative"},
	"member":         {"saylov komissiyasi aʼzosi", "член избирательной комиссии", "commission member"},
}
