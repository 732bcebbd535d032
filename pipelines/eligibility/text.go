package eligibility

import "strings"

// texts word the reasons: Uzbek (Latin), Russian, English.
var texts = map[string][3]string{
	"no_answer":             {"{register} reyestridan javob olinmadi", "нет ответа реестра {register}", "no answer from {register}"},
	"absent":                {"{register} reyestrida yozuv yoʻq", "в реестре {register} нет записи", "no entry in {register}"},
	"restricted":            {"shaxs {register} maʼlumotlariga ruxsatni cheklagan", "владелец закрыл данные {register}", "the owner has restricted {register}"},
	"alive":                 {"shaxs tirik", "жив(а)", "alive"},
	"not_alive":             {"reyestrga koʻra shaxs vafot etgan", "по реестру лицо умерло", "not alive by the register"},
	"citizen":               {"Oʻzbekiston fuqarosi", "гражданин Узбекистана", "citizen of Uzbekistan"},
	"not_citizen":           {"Oʻzbekiston fuqarosi emas", "не гражданин Узбекистана", "not a citizen of Uzbekistan"},
	"no_birth_date":         {"tugʻilgan sanasi nomaʼlum", "дата рождения неизвестна", "birth date not known"},
	"too_young":             {"saylov kunida {age} yosh, kamida {min} yosh talab etiladi", "на день выборов {age}, требуется {min}", "{age} on election day, {min} needed"},
	"old_enough":            {"saylov kunida {age} yosh", "на день выборов {age}", "{age} on election day"},
	"capable":               {"muomalaga layoqatli", "дееспособен", "legally capable"},
	"incapable":             {"sud muomalaga layoqatsiz deb topgan", "признан судом недееспособным", "found incapable by a court"},
	"limited_capacity":      {"muomala layoqati cheklangan: komissiya koʻrib chiqadi", "дееспособность ограничена: решает комиссия", "limited capacity: the commission must look"},
	"in_custody":            {"sud hukmi bilan ozodlikdan mahrum qilingan", "содержится под стражей по приговору", "held in custody by a sentence"},
	"not_in_custody":        {"ozodlikdan mahrum qilinmagan", "не содержится под стражей", "not in custody"},
	"serious_conviction":    {"ogʻir jinoyat uchun sudlanganlik olib tashlanmagan", "не снятая судимость за тяжкое преступление", "unexpunged conviction for a serious crime"},
	"gravity_unknown":       {"jinoyat ogʻirligi nomaʼlum", "тяжесть преступления неизвестна", "gravity of a crime not known"},
	"no_serious_conviction": {"toʻsqinlik qiladigan sudlanganlik yoʻq", "препятствующей судимости нет", "no barring conviction"},
	"residence_confirmed":   {"muqim yashash muddati hujjat bilan tasdiqlangan", "срок проживания подтверждён документом", "residence confirmed by paper"},
	"residence_unconfirmed": {"yashash haqidagi hujjat komissiya tasdigʻini kutmoqda", "документ о проживании ждёт подтверждения комиссии", "residence paper awaits the commission"},
	"residence_unproved":    {"muqim yashash isbotlanmagan", "проживание не доказано", "residence not proved"},
	"in_service":            {"harbiylashgan xizmatda", "состоит на военизированной службе", "serves in a militarised body"},
	"in_service_by_statement": {
		"oʻz bayonotiga koʻra xizmatda", "по заявлению состоит на службе",
		"in service by own statement",
	},
	"not_in_service":  {"harbiylashgan xizmatda emas", "не состоит на военизированной службе", "not in a militarised body"},
	"no_statement":    {"imzolangan bayonot yoʻq", "нет подписанного заявления", "no signed statement"},
	"clergy":          {"professional diniy xodim", "профессиональный служитель культа", "professional clergy"},
	"not_clergy":      {"diniy xodim emas", "не служитель культа", "not clergy"},
	"no_post_known":   {"lavozimi nomaʼlum", "должность неизвестна", "no post known"},
	"must_leave_post": {"saylansa, lavozimini tark etishi shart", "при избрании обязан оставить должность", "must leave the post if elected"},
	"no_such_post":    {"mos kelmaydigan lavozimi yoʻq", "несовместимой должности нет", "no incompatible post"},
	"has_role":        {"bu saylovda boshqa maqomga ega: {role}", "уже имеет роль: {role}", "already holds a role: {role}"},
	"no_other_role":   {"boshqa maqomi yoʻq", "другой роли нет", "holds no other role"},
}

// Text words an answer's reason in a language (uz-Latn, ru, en; else uz-Latn).
func Text(a Answer, language string) string {
	t, ok := texts[a.Reason]
	if !ok {
		return a.Reason
	}
	s := t[map[string]int{"ru": 1, "en": 2}[language]]
	for k, v := range a.Params {
		s = strings.ReplaceAll(s, "{"+k+"}", v)
	}
	return s
}
