package verify

// words are the texts of the page in one language.
type words struct {
	Name     string // of the language, in itself
	Owner    string // whose page it is
	Heading  string // what the page is
	Document string // labels of the table
	Number   string
	Register string // its number, when the paper shows none or another
	By       string
	Issued   string
	Until    string
	Instead  string
	Checked  string // %s: the moment
	Zone     string
	Compare  string // what a person does now, when the document stands
	Look     string // the same, when the paper is nobody's to carry
	Doubt    string // what a person does now, when it does not
	Other    string // leads the links to the other languages
	verdicts map[Status]verdict
}

// verdict is what the page says in large, and the sentence under it.
type verdict struct{ Word, Text string }

var wording = map[Lang]words{
	Latin: {
		Name: "Oʻzbekcha", Owner: "Oʻzbekiston Respublikasi saylov komissiyalari", Heading: "Hujjatni tekshirish", Document: "Hujjat", Number: "Raqami", Register: "Reyestrdagi raqami", By: "Kim bergan", Issued: "Berilgan sana",
		Until: "Amal qilishining oxirgi kuni", Instead: "Oʻrniga berilgan hujjat", Checked: "Tekshirildi: %s", Zone: "Toshkent vaqti",
		Compare: "Qogʻozdagi hujjat turi, raqami va sanasi shu yerdagilar bilan bir xil ekanini tekshiring. Egasining ismi va suratini shaxsini tasdiqlovchi hujjat bilan solishtiring.",
		Look:    "Qogʻozdagi hujjat turi, sanasi va uni bergan komissiya shu yerdagilar bilan bir xil ekanini tekshiring.",
		Doubt:   "Shubha tugʻilsa, hujjatni bergan saylov komissiyasiga murojaat qiling.",
		Other:   "Boshqa tillarda",
		verdicts: map[Status]verdict{
			Genuine:     {"Haqiqiy", "Hujjatni saylov komissiyasi bergan. U amalda."},
			NotGenuine:  {"Haqiqiy emas", "Bu kodni saylov komissiyasi imzolamagan: u shikastlangan, oʻzgartirilgan yoki qalbaki."},
			NotIssued:   {"Hali berilmagan", "Bu raqam hujjat uchun ajratilgan, lekin hujjat hali berilmagan."},
			Unknown:     {"Reyestrda yoʻq", "Kod toʻgʻri imzolangan, lekin reyestrda bunday hujjat topilmadi."},
			Altered:     {"Oʻzgartirilgan", "Hujjat berilgan, lekin bu fayl berilgan fayl bilan bir xil emas."},
			Expired:     {"Muddati tugagan", "Hujjatni saylov komissiyasi bergan, lekin uning amal qilish muddati tugagan."},
			Revoked:     {"Haqiqiy emas", "Hujjat bekor qilingan."},
			Replaced:    {"Haqiqiy emas", "Hujjat oʻrniga boshqa hujjat berilgan."},
			Annulled:    {"Haqiqiy emas", "Bu raqam bekor qilingan: bunday hujjat berilmagan."},
			unavailable: {"Tekshirib boʻlmadi", "Xizmat hozir ishlamayapti. Hujjat haqida bu hech narsani bildirmaydi: birozdan keyin qayta urinib koʻring."},
		},
	},
	Cyrillic: {
		Name: "Ўзбекча", Owner: "Ўзбекистон Республикаси сайлов комиссиялари", Heading: "Ҳужжатни текшириш", Document: "Ҳужжат", Number: "Рақами", Register: "Реестрдаги рақами", By: "Ким берган", Issued: "Берилган сана",
		Until: "Амал қилишининг охирги куни", Instead: "Ўрнига берилган ҳужжат", Checked: "Текширилди: %s", Zone: "Тошкент вақти",
		Compare: "Қоғоздаги ҳужжат тури, рақами ва санаси шу ердагилар билан бир хил эканини текширинг. Эгасининг исми ва суратини шахсини тасдиқловчи ҳужжат билан солиштиринг.",
		Look:    "Қоғоздаги ҳужжат тури, санаси ва уни берган комиссия шу ердагилар билан бир хил эканини текширинг.",
		Doubt:   "Шубҳа туғилса, ҳужжатни берган сайлов комиссиясига мурожаат қилинг.",
		Other:   "Бошқа тилларда",
		verdicts: map[Status]verdict{
			Genuine:     {"Ҳақиқий", "Ҳужжатни сайлов комиссияси берган. У амалда."},
			NotGenuine:  {"Ҳақиқий эмас", "Бу кодни сайлов комиссияси имзоламаган: у шикастланган, ўзгартирилган ёки қалбаки."},
			NotIssued:   {"Ҳали берилмаган", "Бу рақам ҳужжат учун ажратилган, лекин ҳужжат ҳали берилмаган."},
			Unknown:     {"Реестрда йўқ", "Код тўғри имзоланган, лекин реестрда бундай ҳужжат топилмади."},
			Altered:     {"Ўзгартирилган", "Ҳужжат берилган, лекин бу файл берилган файл билан бир хил эмас."},
			Expired:     {"Муддати тугаган", "Ҳужжатни сайлов комиссияси берган, лекин унинг амал қилиш муддати тугаган."},
			Revoked:     {"Ҳақиқий эмас", "Ҳужжат бекор қилинган."},
			Replaced:    {"Ҳақиқий эмас", "Ҳужжат ўрнига бошқа ҳужжат берилган."},
			Annulled:    {"Ҳақиқий эмас", "Бу рақам бекор қилинган: бундай ҳужжат берилмаган."},
			unavailable: {"Текшириб бўлмади", "Хизмат ҳозир ишламаяпти. Ҳужжат ҳақида бу ҳеч нарсани билдирмайди: бироздан кейин қайта уриниб кўринг."},
		},
	},
	Russian: {
		Name: "Русский", Owner: "Избирательные комиссии Республики Узбекистан", Heading: "Проверка документа", Document: "Документ", Number: "Номер", Register: "Номер в реестре", By: "Кем выдан", Issued: "Дата выдачи",
		Until: "Последний день действия", Instead: "Взамен выдан", Checked: "Проверено: %s", Zone: "по ташкентскому времени",
		Compare: "Убедитесь, что вид, номер и дата документа на бумаге совпадают с указанными здесь. Имя и фотографию владельца сверьте с документом, удостоверяющим личность.",
		Look:    "Убедитесь, что вид и дата документа на бумаге и выдавшая его комиссия совпадают с указанными здесь.",
		Doubt:   "При сомнении обратитесь в избирательную комиссию, выдавшую документ.",
		Other:   "На других языках",
		verdicts: map[Status]verdict{
			Genuine:     {"Подлинный", "Документ выдан избирательной комиссией и действует."},
			NotGenuine:  {"Не подлинный", "Этот код не подписан избирательной комиссией: он повреждён, изменён или подделан."},
			NotIssued:   {"Ещё не выдан", "Номер отведён для документа, но сам документ ещё не выдан."},
			Unknown:     {"Нет в реестре", "Код подписан верно, но в реестре такого документа нет."},
			Altered:     {"Изменён", "Документ выдан, но этот файл отличается от выданного."},
			Expired:     {"Срок истёк", "Документ выдан избирательной комиссией, но срок его действия истёк."},
			Revoked:     {"Недействителен", "Документ отменён."},
			Replaced:    {"Недействителен", "Взамен выдан другой документ."},
			Annulled:    {"Недействителен", "Этот номер аннулирован: такой документ не выдавался."},
			unavailable: {"Проверить не удалось", "Служба сейчас не работает. О документе это ничего не говорит: попробуйте ещё раз немного позже."},
		},
	},
	English: {
		Name: "English", Owner: "Election commissions of the Republic of Uzbekistan", Heading: "Document check", Document: "Document", Number: "Number", Register: "Number in the register", By: "Issued by", Issued: "Issued on",
		Until: "Last valid day", Instead: "Replaced by", Checked: "Checked: %s", Zone: "Tashkent time",
		Compare: "Make sure that the kind, number and date on the paper are the same as here. Compare the holder’s name and photograph with an identity document.",
		Look:    "Make sure that the kind and date on the paper and the commission that issued it are the same as here.",
		Doubt:   "In case of doubt, ask the election commission that issued the document.",
		Other:   "In other languages",
		verdicts: map[Status]verdict{
			Genuine:     {"Genuine", "The document was issued by the election commission and is in force."},
			NotGenuine:  {"Not genuine", "This code was not signed by the election commission: it is damaged, altered or made up."},
			NotIssued:   {"Not issued yet", "The number is set aside for a document, but the document has not been issued yet."},
			Unknown:     {"Not in the register", "The code is signed correctly, but the register has no such document."},
			Altered:     {"Altered", "The document was issued, but this file differs from the one that was issued."},
			Expired:     {"Expired", "The document was issued by the election commission, but its validity has ended."},
			Revoked:     {"Void", "The document has been revoked."},
			Replaced:    {"Void", "Another document has been issued in its place."},
			Annulled:    {"Void", "This number is annulled: no such document was issued."},
			unavailable: {"Could not be checked", "The service does not work at the moment. That says nothing about the document: try again a little later."},
		},
	},
}
