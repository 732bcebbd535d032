package population

import "github.com/saylovhub/hub/contracts/register"

// withFamily are the stories whose spouse, parents and children are made too.
var withFamily = map[string]bool{"family-head": true}

// added are the stories that came after the others; a new one goes to the end.
var added = []Story{
	{"birth-certificate", "15 years old, holds a birth certificate only: no ID card was issued yet; has a disability of the third group.", Female, 15, func(p *Person, pop *Population) {
		p.onlyCertificate()
		p.disable(3, false, pop.ElectionDay)
	}},
	{"two-scripts", "The Cyrillic spelling of the name is not that of the Latin one.", Male, 51, func(p *Person, pop *Population) {
		candidate(p, pop)
		p.called(naming{name{"MUHAMMADJONOV", "МУХАМЕДЖАНОВ"}, name{"HASANBOY", "ХАСАНБАЙ"}, name{"YUSUF", "ЮСУП"}, false, "\u2018"})
	}},
	{"two-jobs", "Works at two places at once.", Female, 43, func(p *Person, pop *Population) {
		candidate(p, pop)
		p.work("300000010", "O\u2018QITUVCHI, 0,5 STAVKA", pop.ElectionDay.AddYears(-2))
	}},
	{"soviet-diploma", "Works and holds a diploma of 1984, which no register knows.", Male, 65, func(p *Person, pop *Population) {
		p.work("300000002", "MASLAHATCHI", pop.ElectionDay.AddYears(-11))
		p.graduate(bornYearsBefore(pop.ElectionDay, p.BirthDate.AgeOn(pop.ElectionDay)-22))
		p.OnPaper, p.Diplomas = p.Diplomas, nil
		p.OnPaper[0].Institution, p.OnPaper[0].Degree, p.OnPaper[0].Serial = "ТОШКЕНТ ПОЛИТЕХНИКА ИНСТИТУТИ (НАМУНА)", "Mutaxassis", "НВ"
	}},
	{"school-only", "Works; has a school certificate and no diploma.", Male, 27, func(p *Person, pop *Population) {
		p.work("300000002", "USTA", pop.ElectionDay.AddYears(-4))
		p.leaveSchool(p.BirthDate.Year+18, 12)
	}},
	{"lyceum", "Has left an academic lyceum and studies; no diploma yet.", Female, 20, func(p *Person, _ *Population) {
		p.leaveSchool(p.BirthDate.Year+18, 26)
		p.leaveLyceum(p.BirthDate.Year + 18)
	}},
	{"expunged-lesser", "Otherwise as candidate-clean; convicted of a crime of lesser gravity, expunged.", Male, 36, func(p *Person, pop *Population) {
		candidate(p, pop)
		p.convict(register.LessSerious, pop.ElectionDay.AddYears(-7), pop.ElectionDay.AddYears(-3))
	}},
	{"juvenile", "16 years old, holds an ID card, goes to school.", Male, 16, plain},
	{"long-name", "A name of unusual length in every part.", Female, 34, func(p *Person, pop *Population) {
		candidate(p, pop)
		p.called(naming{
			name{"ABDURAHMONXO\u02bbJAYEV-MIRZATO\u02bbLAGANBEKOV", "АБДУРАҲМОНХЎЖАЕВ-МИРЗАТЎЛАГАНБЕКОВ"},
			name{"ZULXUMORXON-OYPODSHOBEGIM-MUNAVVARA", "ЗУЛХУМОРХОН-ОЙПОДШОБЕГИМ-МУНАВВАРА"},
			name{"SAIDMUHAMMADABDULAZIZXONTO\u02bbRA-XO\u02bbJA", "САИДМУҲАММАДАБДУЛАЗИЗХОНТЎРА-ХЎЖА"},
			true, "\u2018",
		})
	}},
	{"apostrophes", "Every one of the six signs that stand for an apostrophe, in one name.", Male, 44, func(p *Person, pop *Population) {
		candidate(p, pop)
		p.called(naming{name{"TO\u02bbRAQO\u02bbRG\u02bbONOV", "ТЎРАҚЎРҒОНОВ"}, name{"NU\u02bcMON", "НУЪМОН"}, name{"YO\u02bbLCHI", "ЙЎЛЧИ"}, true, "\u02bb"})
		p.Surname = "TO\u02bbRAQO\u2018RG\u2019ONOV"
		p.Patronymic = "YO`LCHI O\u00b4G\u02bbLI"
	}},
	{"family-head", "A married man whose parents, wife and three children the registers know.", Male, 46, candidate},
}
