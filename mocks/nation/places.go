package nation

// region is one of the fourteen. Seats are those of single-member constituencies
// of the Legislative Chamber in 2024; districts add up to 208 and are assumed.
type region struct {
	soato, name, cyrillic, russian string
	seats, districts, cities       int
}

// capital is the city of Tashkent, under which precincts abroad are.
const capital = "1726"

// karakalpakstan has a commission and a council of its own kind.
const karakalpakstan = "1735"

var regions = []region{
	{capital, "Toshkent shahri", "Тошкент шаҳри", "город Ташкент", 6, 12, 0},
	{karakalpakstan, "Qoraqalpogʻiston Respublikasi", "Қорақалпоғистон Республикаси", "Республика Каракалпакстан", 4, 16, 1},
	{"1703", "Andijon viloyati", "Андижон вилояти", "Андижанская область", 7, 14, 2},
	{"1706", "Buxoro viloyati", "Бухоро вилояти", "Бухарская область", 4, 11, 2},
	{"1708", "Jizzax viloyati", "Жиззах вилояти", "Джизакская область", 3, 12, 1},
	{"1710", "Qashqadaryo viloyati", "Қашқадарё вилояти", "Кашкадарьинская область", 7, 14, 2},
	{"1712", "Navoiy viloyati", "Навоий вилояти", "Навоийская область", 3, 8, 3},
	{"1714", "Namangan viloyati", "Наманган вилояти", "Наманганская область", 6, 12, 1},
	{"1718", "Samarqand viloyati", "Самарқанд вилояти", "Самаркандская область", 8, 14, 2},
	{"1722", "Surxondaryo viloyati", "Сурхондарё вилояти", "Сурхандарьинская область", 6, 14, 1},
	{"1724", "Sirdaryo viloyati", "Сирдарё вилояти", "Сырдарьинская область", 2, 8, 3},
	{"1727", "Toshkent viloyati", "Тошкент вилояти", "Ташкентская область", 7, 15, 7},
	{"1730", "Fargʻona viloyati", "Фарғона вилояти", "Ферганская область", 8, 15, 4},
	{"1733", "Xorazm viloyati", "Хоразм вилояти", "Хорезмская область", 4, 11, 3},
}

// word is a word in Latin and Cyrillic script.
type word struct{ latin, cyrillic string }

// Names of districts are made of two words, so that they read like names and are
// nobody's.
var (
	firstWords = []word{
		{"Yangi", "Янги"},
		{"Katta", "Катта"},
		{"Kichik", "Кичик"},
		{"Oq", "Оқ"},
		{"Qora", "Қора"},
		{"Koʻk", "Кўк"},
		{"Qizil", "Қизил"},
		{"Oltin", "Олтин"},
		{"Kumush", "Кумуш"},
		{"Yuqori", "Юқори"},
		{"Quyi", "Қуйи"},
		{"Uzun", "Узун"},
		{"Gʻozal", "Ғозал"},
		{"Besh", "Беш"},
		{"Yetti", "Етти"},
		{"Toʻrt", "Тўрт"},
	}
	secondWords = []word{
		{"buloq", "булоқ"},
		{"tepa", "тепа"},
		{"ariq", "ариқ"},
		{"qishloq", "қишлоқ"},
		{"bogʻ", "боғ"},
		{"soy", "сой"},
		{"qoʻrgʻon", "қўрғон"},
		{"tosh", "тош"},
		{"daryo", "дарё"},
		{"vodiy", "водий"},
		{"guliston", "гулистон"},
		{"chashma", "чашма"},
		{"koʻprik", "кўприк"},
		{"obod", "обод"},
		{"terak", "терак"},
		{"maydon", "майдон"},
	}
	// quarters name constituencies, streets and mahallas.
	quarters = []string{
		"Namuna", "Bogʻzor", "Chinor", "Doʻstlik", "Gulzor", "Hamkor", "Istiqbol", "Jilgʻa", "Koʻkalam", "Lolazor", "Mehrobod", "Navbahor", "Oydin", "Paxtazor",
		"Qoʻrgʻoncha", "Ravot", "Saodat", "Tinchlik", "Umid", "Vatan", "Xirmon", "Yoshlik", "Zarafshon", "Oʻrikzor", "Gʻunchagul", "Shirinbuloq", "Chamanzor",
	}
	// states are those that have precincts abroad; which ones is assumed.
	states = []string{
		"AE", "AT", "AZ", "BE", "BY", "CH", "CN", "DE", "EG", "ES", "FR", "GB", "GE", "HU", "ID", "IL", "IN", "IR", "IT", "JP",
		"KG", "KR", "KW", "KZ", "LV", "MY", "OM", "PK", "PL", "QA", "RU", "SA", "SE", "SG", "TH", "TJ", "TM", "TR", "UA", "US",
	}
)

type party struct{ code, name string }

// parties in the order of 2024's ballot; their codes are assumed.
var parties = []party{
	{"OLDP", "Tadbirkorlar va ishbilarmonlar harakati — Oʻzbekiston Liberal-demokratik partiyasi"},
	{"MTDP", `Oʻzbekiston "Milliy tiklanish" demokratik partiyasi`},
	{"OEP", "Oʻzbekiston Ekologik partiyasi"},
	{"OXDP", "Oʻzbekiston Xalq demokratik partiyasi"},
	{"ASDP", `Oʻzbekiston "Adolat" sotsial-demokratik partiyasi`},
}
