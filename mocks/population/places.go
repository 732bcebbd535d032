package population

// District is a district or city with its region. Ids are SOATO codes: four
// digits for a region, seven for a district.
type District struct {
	RegionID    int
	Region      string // Uzbek, Latin script
	RegionCyr   string
	DistrictID  int
	DistrictLat string
	DistrictCyr string
}

// Home is where the stories live and where the commissions of the stories sit.
var Home = District{1726, "Toshkent shahri", "Тошкент шаҳри", 1726269, "Mirzo Ulugʻbek tumani", "Мирзо Улуғбек тумани"}

// districts hold at least one of each of the fourteen regions.
var districts = []District{
	Home,
	{1726, "Toshkent shahri", "Тошкент шаҳри", 1726277, "Shayxontohur tumani", "Шайхонтоҳур тумани"},
	{1726, "Toshkent shahri", "Тошкент шаҳри", 1726294, "Chilonzor tumani", "Чилонзор тумани"},
	{1703, "Andijon viloyati", "Андижон вилояти", 1703202, "Oltinkoʻl tumani", "Олтинкўл тумани"},
	{1703, "Andijon viloyati", "Андижон вилояти", 1703206, "Baliqchi tumani", "Балиқчи тумани"},
	{1706, "Buxoro viloyati", "Бухоро вилояти", 1706215, "Gʻijduvon tumani", "Ғиждувон тумани"},
	{1708, "Jizzax viloyati", "Жиззах вилояти", 1708204, "Baxmal tumani", "Бахмал тумани"},
	{1710, "Qashqadaryo viloyati", "Қашқадарё вилояти", 1710207, "Gʻuzor tumani", "Ғузор тумани"},
	{1712, "Navoiy viloyati", "Навоий вилояти", 1712216, "Qiziltepa tumani", "Қизилтепа тумани"},
	{1714, "Namangan viloyati", "Наманган вилояти", 1714207, "Kosonsoy tumani", "Косонсой тумани"},
	{1718, "Samarqand viloyati", "Самарқанд вилояти", 1718206, "Bulungʻur tumani", "Булунғур тумани"},
	{1722, "Surxondaryo viloyati", "Сурхондарё вилояти", 1722204, "Boysun tumani", "Бойсун тумани"},
	{1724, "Sirdaryo viloyati", "Сирдарё вилояти", 1724212, "Boyovut tumani", "Боёвут тумани"},
	{1727, "Toshkent viloyati", "Тошкент вилояти", 1727220, "Bekobod tumani", "Бекобод тумани"},
	{1730, "Fargʻona viloyati", "Фарғона вилояти", 1730203, "Oltiariq tumani", "Олтиариқ тумани"},
	{1733, "Xorazm viloyati", "Хоразм вилояти", 1733208, "Gurlan tumani", "Гурлан тумани"},
	{1735, "Qoraqalpogʻiston Respublikasi", "Қорақалпоғистон Республикаси", 1735207, "Beruniy tumani", "Беруний тумани"},
}

// Kind of an organisation: what the rules of eligibility care about.
type Kind string

// The kinds of organisations.
const (
	Company    Kind = "company"
	School     Kind = "school"
	Hospital   Kind = "hospital"
	Military   Kind = "military" // Armed Forces and other militarised bodies
	Court      Kind = "court"
	Prosecutor Kind = "prosecutor"
	Executive  Kind = "executive" // hokimiyat
	Party      Kind = "party"
	Commission Kind = "commission"
	Media      Kind = "media"
	Mahalla    Kind = "mahalla"
)

// Organisation is a made-up organisation.
type Organisation struct {
	TIN  string
	Name string
	Kind Kind
}

// TINs of the organisations that stories head or serve.
const (
	PartyTIN = "300000040"
	TECTIN   = "300000050"
	DECTIN   = "300000051"
)

var organisations = []Organisation{
	{"300000001", "SINOV SAVDO MCHJ", Company},
	{"300000002", "NAMUNA QURILISH MCHJ", Company},
	{"300000003", "SINOV TO\u2018QIMACHILIK AJ", Company},
	{"300000010", "991-SON NAMUNA MAKTABI", School},
	{"300000011", "SINOV KO\u2018P TARMOQLI SHIFOXONASI", Hospital},
	{"300000020", "QUROLLI KUCHLAR, 00001-HARBIY QISM", Military},
	{"300000021", "MILLIY GVARDIYA, 00002-HARBIY QISM", Military},
	{"300000030", "FUQAROLIK ISHLARI BO\u2018YICHA SINOV TUMANLARARO SUDI", Court},
	{"300000031", "SINOV TUMANI PROKURATURASI", Prosecutor},
	{"300000032", "SINOV TUMANI HOKIMLIGI", Executive},
	{PartyTIN, "SINOV SIYOSIY PARTIYASI", Party},
	{TECTIN, "HUDUDIY SAYLOV KOMISSIYASI (SINOV)", Commission},
	{DECTIN, "TUMAN SAYLOV KOMISSIYASI (SINOV)", Commission},
	{"300000060", "SINOV XABARLARI GAZETASI", Media},
	{"300000061", "NAMUNA MAHALLA FUQAROLAR YIG\u2018INI", Mahalla},
}

// Organisations lists every organisation that can occur as an employer or on a
// certificate.
func Organisations() []Organisation { return append([]Organisation(nil), organisations...) }

func organisation(tin string) Organisation {
	for _, o := range organisations {
		if o.TIN == tin {
			return o
		}
	}
	return Organisation{}
}
