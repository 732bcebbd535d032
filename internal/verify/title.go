package verify

// titles words each kind of document, in the order of Langs.
var titles = map[string][4]string{
	"D1":  {"Vakolatli vakil mandati", "Ваколатли вакил мандати", "Мандат уполномоченного представителя", "Authorised representative’s mandate"},
	"D2":  {"Nomzodlik guvohnomasi", "Номзодлик гувоҳномаси", "Удостоверение кандидата", "Candidate’s certificate"},
	"D3":  {"Ishonchli vakil guvohnomasi", "Ишончли вакил гувоҳномаси", "Удостоверение доверенного лица", "Proxy’s certificate"},
	"D4":  {"Siyosiy partiya kuzatuvchisining mandati", "Сиёсий партия кузатувчисининг мандати", "Мандат наблюдателя от политической партии", "Political party observer’s mandate"},
	"D5":  {"Mahalla kuzatuvchisining mandati", "Маҳалла кузатувчисининг мандати", "Мандат наблюдателя от махалли", "Mahalla observer’s mandate"},
	"D6":  {"Xorijiy (xalqaro) kuzatuvchi mandati", "Хорижий (халқаро) кузатувчи мандати", "Мандат иностранного (международного) наблюдателя", "Foreign (international) observer’s mandate"},
	"D7":  {"Ommaviy axborot vositasi vakilining guvohnomasi", "Оммавий ахборот воситаси вакилининг гувоҳномаси", "Удостоверение представителя средства массовой информации", "Media representative’s certificate"},
	"D8":  {"Saylov komissiyasi aʼzosining guvohnomasi", "Сайлов комиссияси аъзосининг гувоҳномаси", "Удостоверение члена избирательной комиссии", "Election commission member’s certificate"},
	"D9":  {"Saylov komissiyasining qarori", "Сайлов комиссиясининг қарори", "Постановление избирательной комиссии", "Decision of an election commission"},
	"D10": {"Saylov komissiyasining bayonnomasi", "Сайлов комиссиясининг баённомаси", "Протокол избирательной комиссии", "Protocol of an election commission"},
	"D11": {"Jamlanma jadval", "Жамланма жадвал", "Сводная таблица", "Summary table"},
	"D12": {"Mandat va guvohnomalar reyestri", "Мандат ва гувоҳномалар реестри", "Реестр мандатов и удостоверений", "Register of mandates and certificates"},
	"D13": {"Hujjatlar qabul qilingani haqida maʼlumotnoma", "Ҳужжатлар қабул қилингани ҳақида маълумотнома", "Справка о приёме документов", "Receipt note"},
	"D14": {"Rad javobi", "Рад жавоби", "Уведомление об отказе", "Notice of refusal"},
	"D15": {"Deputatlik guvohnomasi", "Депутатлик гувоҳномаси", "Удостоверение депутата", "Deputy’s certificate"},
	"D16": {"Guvohnomalar varagʻi", "Гувоҳномалар варағи", "Лист удостоверений", "Badge sheet"},
	"D17": {"Nomzodlar roʻyxati", "Номзодлар рўйхати", "Список кандидатов", "List of candidates"},
}

// Title words a kind of document in a language; a kind that came later is called
// a document.
func Title(kind string, lang Lang) string {
	t, ok := titles[kind]
	if !ok {
		t = [4]string{"Hujjat", "Ҳужжат", "Документ", "Document"}
	}
	for i, l := range Langs() {
		if l == lang {
			return t[i]
		}
	}
	return t[0]
}

// numbered reports whether documents of a kind show the number that their code
// holds. A decision shows its own, and lists of many documents show none.
func numbered(kind string) bool {
	switch kind {
	case "D9", "D12", "D16", "D17":
		return false
	}
	_, known := titles[kind]
	return known
}

// personal reports whether documents of a kind are carried by the person they
// are about.
func personal(kind string) bool {
	switch kind {
	case "D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8", "D15":
		return true
	}
	return false
}
