package eligibility

// roleTexts word what rules find of roles in the election and of documents.
var roleTexts = map[string][3]string{
	"has_role":            {"bu saylovda boshqa maqomga ega: {role}", "уже имеет роль: {role}", "already holds a role: {role}"},
	"no_other_role":       {"mos kelmaydigan boshqa maqomi yoʻq", "несовместимой роли нет", "holds no role that does not go with it"},
	"not_of_role":         {"bu saylovda bunday maqomi yoʻq: {role}", "такой роли нет: {role}", "does not hold the role: {role}"},
	"stands_elsewhere":    {"boshqa darajadagi kengashga ham nomzod", "выдвинут и в орган другого уровня", "stands for a body of another level too"},
	"stands_once":         {"boshqa organga nomzod emas", "в другие органы не выдвинут", "stands for no other body"},
	"holds_role":          {"maqomga ega: {role}", "имеет роль: {role}", "holds the role: {role}"},
	"holds_no_role":       {"bu saylovda maqomi yoʻq: {role}", "роли в этих выборах нет: {role}", "does not hold in this election the role: {role}"},
	"role_of_another":     {"maqom boshqa murojaat etuvchi tomonidan berilgan: {role}", "роль получена по заявлению другого: {role}", "another applicant put forward the holder of the role: {role}"},
	"holds_document":      {"hujjat shaxsga tegishli va amalda", "документ принадлежит лицу и действует", "the document is the person's and stands"},
	"no_such_document":    {"shaxsda bunday hujjat yoʻq", "такого документа у лица нет", "the person has no such document"},
	"document_ended":      {"hujjat amalda emas", "документ не действует", "the document does not stand"},
	"document_of_another": {"hujjat egasini boshqa murojaat etuvchi koʻrsatgan", "владельца документа выдвинул другой", "another applicant put forward the document's holder"},
	"next_on_list":        {"murojaat etuvchi roʻyxatida navbatdagi nomzod", "следующий в списке заявителя", "next on the applicant's list"},
	"not_next_on_list":    {"roʻyxatda undan oldin turgan nomzod bor", "в списке есть кандидаты выше", "candidates stand before them on the list"},
	"not_on_list":         {"murojaat etuvchining roʻyxatida yoʻq", "в списке заявителя нет", "not on the applicant's list"},
}
