package eligibility

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
