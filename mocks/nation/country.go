package nation

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/mocks/population"
)

// district is a district or a city of a region.
type district struct {
	soato, region  string
	name, cyrillic string
	city           bool
}

// homes are where the people of the population live, by region.
var homes = map[string]district{
	capital: {soato: "1726269", name: "Mirzo Ulugʻbek tumani", cyrillic: "Мирзо Улуғбек тумани"},
}

// country is a directory under way.
type country struct {
	size
	chance    *rand.Rand
	day       civil.Date
	people    *people
	regions   []region
	districts []district
	tables    []*table
	tin       int
}

func newCountry(seed uint64, day civil.Date, sz size) *country {
	c := &country{
		size: sz, chance: rand.New(rand.NewPCG(seed, 0)), day: day, //nolint:gosec // a made-up country, no secret
		people: newPeople(population.New(seed, day, sz.people)), regions: regions[:sz.regions], tin: 301_000_000,
	}
	taken := map[string]bool{}
	for k, r := range c.regions {
		// The last region takes what is left; a national set has all of every one.
		districts, cities := r.districts, r.cities
		if sz.districts < 208 {
			districts, cities = (k+1)*sz.districts/sz.regions-k*sz.districts/sz.regions, 0
		}
		for i := range districts + cities {
			c.districts = append(c.districts, c.invent(r.soato, i, i >= districts, taken))
		}
	}
	return c
}

// invent makes up the i-th district or city of a region.
func (c *country) invent(region string, i int, city bool, taken map[string]bool) district {
	if home, known := homes[region]; known && i == 0 {
		home.region = region
		return home
	}
	d := district{soato: fmt.Sprintf("%s2%02d", region, i+1), region: region, city: city}
	if city {
		d.soato = fmt.Sprintf("%s4%02d", region, i+1)
	}
	for {
		a, b := firstWords[c.chance.IntN(len(firstWords))], secondWords[c.chance.IntN(len(secondWords))]
		d.name, d.cyrillic = a.latin+b.latin, a.cyrillic+b.cyrillic
		if !taken[d.name] {
			taken[d.name] = true
			break
		}
	}
	if city {
		d.name, d.cyrillic = d.name+" shahri", d.cyrillic+" шаҳри"
	} else {
		d.name, d.cyrillic = d.name+" tumani", d.cyrillic+" тумани"
	}
	return d
}

// stem is a place's name as it stands before another noun: tumani, tuman.
func stem(name string) string {
	for _, ending := range [][2]string{{" tumani", " tuman"}, {" shahri", " shahar"}, {" viloyati", " viloyat"}} {
		if s, ok := strings.CutSuffix(name, ending[0]); ok {
			return s + ending[1]
		}
	}
	return name
}

// ascii is a text for SMS.
func ascii(s string) string { return strings.NewReplacer("ʻ", "'", "ʼ", "'", "—", "-").Replace(s) }

func (c *country) table(name, header string) *table {
	t := &table{name: name, header: strings.Fields(header)}
	c.tables = append(c.tables, t)
	return t
}

func (c *country) territories() {
	t := c.table("territories.csv", "soato parent kind name_uz name_cyrl name_ru")
	t.add("17", "", "country", "Oʻzbekiston Respublikasi", "Ўзбекистон Республикаси", "Республика Узбекистан")
	for _, r := range c.regions {
		t.add(r.soato, "17", "region", r.name, r.cyrillic, r.russian)
	}
	for _, d := range c.districts {
		kind := "district"
		if d.city {
			kind = "city"
		}
		t.add(d.soato, d.region, kind, d.name, d.cyrillic)
	}
}

// ownDays are days that the election sets for itself, as the demo's does.
var ownDays = []struct {
	day    string
	offset int
}{{"candidates-last-day", -42}, {"observers-last-day", -10}, {"results-last-day", 10}}

func (c *country) election() {
	t := c.table("elections.csv", "id kind ballots round first title_uz title_cyrl title_ru title_en line territory day")
	t.add(Election, "LC-SMD", "LC-SMD LC-PR JK REG DIST", 1, "",
		"Oʻzbekiston Respublikasi Oliy Majlisi Qonunchilik palatasi va mahalliy Kengashlar saylovi",
		"Ўзбекистон Республикаси Олий Мажлиси Қонунчилик палатаси ва маҳаллий Кенгашлар сайлови",
		"Выборы в Законодательную палату Олий Мажлиса Республики Узбекистан и местные Кенгаши",
		"Elections to the Legislative Chamber of the Oliy Majlis and to local Kengashes",
		"Oʻzbekiston Respublikasi Oliy Majlisi Qonunchilik palatasi, xalq deputatlari viloyat, Toshkent shahar, tuman, shahar Kengashi saylovlari",
		"17", c.day)
	t = c.table("calendar.csv", "election day date")
	for _, d := range ownDays {
		t.add(Election, d.day, c.day.AddDays(d.offset))
	}
}

// posts are those that each commission has, beside members.
var posts = []string{"chair", "deputy", "secretary"}

// commissions are the ladder, with their officials.
func (c *country) commissions() {
	t := c.table("commissions.csv", "id level title short parent territory")
	officials := c.table("officials.csv", "id commission post surname given patronymic pinfl phone from until")
	add := func(id, level, title, parent, territory string, members int) {
		t.add(id, level, title, ascii(title), parent, territory)
		for i := range len(posts) + members {
			post, suffix := "member", fmt.Sprintf("member-%d", i+1-len(posts))
			if i < len(posts) {
				post, suffix = posts[i], posts[i]
			}
			p := c.people.take()
			officials.add(id+"-"+suffix, id, post, named(p.Surname), named(p.GivenName), named(p.Patronymic), string(p.PINFL), string(p.Phone), c.day.AddYears(-1))
		}
	}
	add("CEC", "CEC", "Oʻzbekiston Respublikasi Markaziy saylov komissiyasi", "", "17", 6)
	for _, r := range c.regions {
		switch r.soato {
		case karakalpakstan:
			add(r.soato, "KKCEC", "Qoraqalpogʻiston Respublikasi Markaziy saylov komissiyasi", "CEC", r.soato, 6)
		case capital:
			add(r.soato, "TEC", "Toshkent shahar hududiy saylov komissiyasi", "CEC", r.soato, 6)
		default:
			add(r.soato, "TEC", stem(r.name)+" hududiy saylov komissiyasi", "CEC", r.soato, 6)
		}
	}
	for _, d := range c.districts {
		add(d.soato, "DEC", stem(d.name)+" saylov komissiyasi", d.region, d.soato, 1)
	}
}

func (c *country) organisations() {
	t := c.table("organisations.csv", "id role title tin head_pinfl phone code parent territory registered")
	add := func(id, role, title, code, parent, territory string, registered civil.Date) {
		p := c.people.take()
		c.tin++
		t.add(id, role, title, c.tin, string(p.PINFL), string(p.Phone), code, parent, territory, registered)
	}
	none := civil.Date{}
	for i, p := range parties {
		add(p.code, "PARTY", p.name, p.code, "", "", civil.Date{Year: 1995 + 2*i, Month: 2, Day: 18})
		for _, r := range c.regions {
			add(p.code+"-"+r.soato, "PARTY", p.name+", "+stem(r.name)+" boʻlimi", p.code, p.code, r.soato, none)
		}
	}
	for _, r := range c.regions {
		if r.soato == karakalpakstan {
			add("JK", "JK", "Qoraqalpogʻiston Respublikasi Joʻqorgʻi Kengesi", "", "", r.soato, none)
			add("KKCM", "KKCM", "Qoraqalpogʻiston Respublikasi Vazirlar Kengashi", "", "", r.soato, none)
			continue
		}
		add("RKENG-"+r.soato, "RKENG", regional(r), "", "", r.soato, none)
		add("RHOK-"+r.soato, "RHOK", stem(r.name)+" hokimligi", "", "", r.soato, none)
	}
	for _, d := range c.districts {
		add("DKENG-"+d.soato, "DKENG", local(d), "", "", d.soato, none)
		add("DHOK-"+d.soato, "DHOK", stem(d.name)+" hokimligi", "", "", d.soato, none)
		for i := range c.mahallas {
			add(fmt.Sprintf("MAH-%s-%d", d.soato, i+1), "MAH", c.quarter(i)+" mahalla fuqarolar yigʻini", "", "", d.soato, none)
		}
	}
	add("MFA", "MFA", "Oʻzbekiston Respublikasi Tashqi ishlar vazirligi", "", "", "", none)
	for i := range c.media {
		kind := []string{"gazetasi", "telekanali", "radiosi", "internet nashri"}[i%4]
		add(fmt.Sprintf("MEDIA-%03d", i+1), "MEDIA", fmt.Sprintf("%q %s", c.quarter(i), kind), "", "", "", c.day.AddYears(-8).AddDays(-30*i))
	}
}

func regional(r region) string { return "Xalq deputatlari " + stem(r.name) + " Kengashi" }

func local(d district) string { return "Xalq deputatlari " + stem(d.name) + " Kengashi" }

// quarter is the i-th name of many.
func (c *country) quarter(i int) string {
	if i < len(quarters) {
		return quarters[i]
	}
	return fmt.Sprintf("%s-%d", quarters[i%len(quarters)], i/len(quarters)+1)
}

// share is how many of n things the i-th of m gets when they are dealt evenly.
func share(n, i, m int) int { return (i+1)*n/m - i*n/m }

func (c *country) constituencies() {
	t := c.table("constituencies.csv", "id election commission ballot territory number name council council_short")
	add := func(ballot, commission, territory, council string, from, n int) {
		for i := range n {
			number := from + i
			t.add(fmt.Sprintf("%s-%s-%d", ballot, territory, number), Election, commission, ballot, territory, number, c.quarter(i), council, ascii(council))
		}
	}
	seats, councils := 1, 0
	for _, r := range c.regions {
		add("LC-SMD", r.soato, r.soato, "Oʻzbekiston Respublikasi Oliy Majlisi Qonunchilik palatasi", seats, r.seats)
		seats += r.seats
	}
	for _, r := range c.regions {
		if r.soato == karakalpakstan {
			add("JK", r.soato, r.soato, "Qoraqalpogʻiston Respublikasi Joʻqorgʻi Kengesi", 1, c.jk)
			continue
		}
		add("REG", r.soato, r.soato, regional(r), 1, share(c.reg, councils, len(c.regions)-1))
		councils++
	}
	for i, d := range c.districts {
		add("DIST", d.soato, d.soato, local(d), 1, share(c.dist, i, len(c.districts)))
	}
}

func (c *country) precincts() {
	t := c.table("precincts.csv", "id election number commission territory name address country voters")
	number := 0
	home := c.size.precincts - c.abroad
	for i, d := range c.districts {
		for k := range share(home, i, len(c.districts)) {
			number++
			t.add(fmt.Sprintf("%s-u%d", d.soato, number), Election, number, d.soato, d.soato, fmt.Sprintf("%d-umumiy oʻrta taʼlim maktabi", k+1),
				fmt.Sprintf("%s koʻchasi, %d-uy", c.quarter(k%len(quarters)), 1+c.chance.IntN(120)), "", 600+c.chance.IntN(2400))
		}
	}
	for i := range c.abroad {
		number++
		state := states[i%len(states)]
		t.add(fmt.Sprintf("abroad-u%d", number), Election, number, capital, capital, fmt.Sprintf("Diplomatik vakolatxona (%s), %d", state, 1+i/len(states)), "", state, 50+c.chance.IntN(2500))
	}
}
