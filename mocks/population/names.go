package population

import "strings"

// name is one name in Latin (U+02BB in oʻ and gʻ) and Cyrillic script.
type name struct{ lat, cyr string }

var maleNames = []name{
	{"ALISHER", "АЛИШЕР"},
	{"BOTIR", "БОТИР"},
	{"DILSHOD", "ДИЛШОД"},
	{"ELDOR", "ЭЛДОР"},
	{"FARRUX", "ФАРРУХ"},
	{"GʻULOM", "ҒУЛОМ"},
	{"HUSAN", "ҲУСАН"},
	{"ISLOM", "ИСЛОМ"},
	{"JAHONGIR", "ЖАҲОНГИР"},
	{"KAMOL", "КАМОЛ"},
	{"LAZIZ", "ЛАЗИЗ"},
	{"MUROD", "МУРОД"},
	{"NODIR", "НОДИР"},
	{"OTABEK", "ОТАБЕК"},
	{"OʻKTAM", "ЎКТАМ"},
	{"POʻLAT", "ПЎЛАТ"},
	{"QODIR", "ҚОДИР"},
	{"RUSTAM", "РУСТАМ"},
	{"SARDOR", "САРДОР"},
	{"SHERZOD", "ШЕРЗОД"},
	{"TOʻLQIN", "ТЎЛҚИН"},
	{"ULUGʻBEK", "УЛУҒБЕК"},
	{"YOQUB", "ЁҚУБ"},
	{"ZAFAR", "ЗАФАР"},
	{"ISʼHOQ", "ИСҲОҚ"},
	{"BOʻRON", "БЎРОН"},
}

var femaleNames = []name{
	{"AZIZA", "АЗИЗА"},
	{"BARNO", "БАРНО"},
	{"DILNOZA", "ДИЛНОЗА"},
	{"FERUZA", "ФЕРУЗА"},
	{"GULNORA", "ГУЛНОРА"},
	{"GʻUNCHA", "ҒУНЧА"},
	{"HILOLA", "ҲИЛОЛА"},
	{"KAMOLA", "КАМОЛА"},
	{"LOLA", "ЛОЛА"},
	{"MALIKA", "МАЛИКА"},
	{"MUNISA", "МУНИСА"},
	{"NIGORA", "НИГОРА"},
	{"OʻGʻILOY", "ЎҒИЛОЙ"},
	{"OZODA", "ОЗОДА"},
	{"QUMRI", "ҚУМРИ"},
	{"SAIDA", "САИДА"},
	{"SHAHNOZA", "ШАҲНОЗА"},
	{"UMIDA", "УМИДА"},
	{"YULDUZ", "ЮЛДУЗ"},
	{"ZULFIYA", "ЗУЛФИЯ"},
}

// surnames in the masculine form; a woman's adds A.
var surnames = []name{
	{"BOʻRONOV", "БЎРОНОВ"},
	{"CHORIYEV", "ЧОРИЕВ"},
	{"ERGASHEV", "ЭРГАШЕВ"},
	{"GʻANIYEV", "ҒАНИЕВ"},
	{"HAMIDOV", "ҲАМИДОВ"},
	{"IBROHIMOV", "ИБРОҲИМОВ"},
	{"JOʻRAYEV", "ЖЎРАЕВ"},
	{"KARIMOV", "КАРИМОВ"},
	{"MAʼRUPOV", "МАЪРУПОВ"},
	{"NAMUNAYEV", "НАМУНАЕВ"},
	{"NORMATOV", "НОРМАТОВ"},
	{"OʻRINOV", "ЎРИНОВ"},
	{"QOSIMOV", "ҚОСИМОВ"},
	{"RAHIMOV", "РАҲИМОВ"},
	{"SINOVOV", "СИНОВОВ"},
	{"SHARIPOV", "ШАРИПОВ"},
	{"TOʻRAYEV", "ТЎРАЕВ"},
	{"TURSUNOV", "ТУРСУНОВ"},
	{"USMONOV", "УСМОНОВ"},
	{"XOLMATOV", "ХОЛМАТОВ"},
	{"YOʻLDOSHEV", "ЙЎЛДОШЕВ"},
	{"ZOKIROV", "ЗОКИРОВ"},
}

// naming is what a person is called by. spelling is the sign that this record
// has for U+02BB: registers mix them. modern asks for "… OʻGʻLI" instead of -OVICH.
type naming struct {
	surname, given, father name
	modern                 bool
	spelling               string
}

// called fills the eight name fields.
func (p *Person) called(n naming) {
	s, given, father := n.surname, n.given, n.father
	pat := name{father.lat + "OVICH", father.cyr + "ОВИЧ"}
	switch {
	case p.Sex == Female && n.modern:
		pat = name{father.lat + " QIZI", father.cyr + " ҚИЗИ"}
	case p.Sex == Female:
		pat = name{father.lat + "OVNA", father.cyr + "ОВНА"}
	case n.modern:
		pat = name{father.lat + " OʻGʻLI", father.cyr + " ЎҒЛИ"}
	}
	if p.Sex == Female {
		s = name{s.lat + "A", s.cyr + "А"}
	}
	as := strings.NewReplacer("ʻ", n.spelling)
	p.Surname, p.GivenName, p.Patronymic = as.Replace(s.lat), as.Replace(given.lat), as.Replace(pat.lat)
	p.SurnameCyr, p.GivenCyr, p.PatronymicCyr = s.cyr, given.cyr, pat.cyr
	plain := strings.NewReplacer("ʻ", "", "ʼ", "")
	p.SurnameEng, p.GivenEng = plain.Replace(s.lat), plain.Replace(given.lat)
}

// spellings of U+02BB met in register answers; the left quote is the usual one.
var spellings = []string{"\u2018", "\u2018", "\u02bb", "'"}
