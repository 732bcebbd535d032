package eligibility_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/saylovhub/hub/pipelines/eligibility"
)

func TestNames(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, a, b string }{
		{"apostrophes of every kind", "OʻKTAM GʻANI", "o‘ktam g’ani"},
		{"more of them", "O`KTAM G´ANI", "O'KTAM Gʼani"},
		{"case and spaces", "  Karimov\tAnvar ", "KARIMOV ANVAR"},
		{"Cyrillic", "Каримов Анвар", "KARIMOV ANVAR"},
		{"letters of two", "Шерзод Чориев Ёқуб Юнус Яшин", "SHERZOD CHORIYEV YOQUB YUNUS YASHIN"},
		{"oʻ and gʻ", "Ўктам Ғанишер", "OʻKTAM GʻANISHER"},
		{"h is not x", "Ҳамид Хуршид", "HAMID XURSHID"},
		{"yoʻ", "Йўлдош", "YOʻLDOSH"},
		{"е begins, or follows a vowel", "Елена Раева", "YELENA RAYEVA"},
		{"е after a consonant, э", "Меҳри Эркин", "MEHRI ERKIN"},
		{"the sign keeps s and h apart", "Исҳоқ", "Isʼhoq"},
		{"tutuq", "Маъруф", "MAʼRUF"},
		{"no tutuq after oʻ", "Мўъжиза", "MOʻJIZA"},
		{"no tutuq before ye", "Объектов", "OBYEKTOV"},
		{"ts between vowels", "Лацис Цой", "LATSIS SOY"},
		{"the soft sign is not written", "Игорь Ильёс", "IGOR ILYOS"},
		{"Russian letters", "Щербаков Крылов", "SHCHERBAKOV KRILOV"},
		{"decomposed", "И\u0306ўлдош", "YOʻLDOSH"},
		{"son of", "Karimov Anvar Akrom oʻgʻli", "KARIMOV ANVAR AKROM OGLI"},
		{"son of, patronymic", "Karimov Anvar Akrom oʻgʻli", "Каримов Анвар Акромович"},
		{"written on", "Karimov Anvar Akromoʻgʻli", "KARIMOV ANVAR AKROM O'G'LI"},
		{"daughter of", "Karimova Anora Akrom qizi", "KARIMOVA ANORA AKROMOVNA"},
		{"patronymic of -ev", "ALISHER ALIYEVICH", "ALISHER ALIEVICH"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if !eligibility.SameName(c.a, c.b) || !eligibility.SameName(c.b, c.a) {
				t.Errorf("%q and %q: %q and %q", c.a, c.b, eligibility.NameKey(c.a), eligibility.NameKey(c.b))
			}
		})
	}
	others := [][2]string{
		{"HAMID", "XAMID"},
		{"OʻKTAM", "OKTAM"},
		{"KARIMOV", "KARIMOVA"},
		{"ANVAR", "ANVAR AKROM"},
		{"ANVARAKROM", "ANVAR AKROM"},
		{"ANVAR AKROM OʻGʻLI", "ANVAR ASROR OʻGʻLI"},
		{"ISHOQ", "ISʼHOQ"},
		{"OVICH", ""},
		{"OGLI", "QIZI"},
		{"ANVAR", ""},
	}
	for _, c := range others {
		if eligibility.SameName(c[0], c[1]) {
			t.Errorf("%q and %q are one name: %q", c[0], c[1], eligibility.NameKey(c[0]))
		}
	}
}

func FuzzNameKey(f *testing.F) {
	for _, s := range []string{"Karimov Anvar Akrom oʻgʻli", "Каримов Анвар Акромович", "ЎЪЕ ъЁ", " OGLI OGLI", "AOVICHOVICH", "и\u0306\u0301", "\xff\xfe", "ŉ ß ǆ", "Исҳоқ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		key := eligibility.NameKey(s)
		if again := eligibility.NameKey(key); again != key {
			t.Errorf("%q: %q, and of that %q", s, key, again)
		}
		if spaced := eligibility.NameKey("  " + s + "\n"); spaced != key {
			t.Errorf("%q: %q, with spaces around %q", s, key, spaced)
		}
		if strings.TrimSpace(key) != key || strings.Contains(key, "  ") {
			t.Errorf("%q: spaces in %q", s, key)
		}
		for _, r := range key {
			if unicode.Is(unicode.Mn, r) || strings.ContainsRune("ʻʼ‘’`´′абвгҳўқғАБВГҲЎҚҒ", r) {
				t.Errorf("%q: %q holds %q", s, key, r)
			}
		}
		if key == "" && strings.ContainsFunc(s, func(r rune) bool { return 'a' <= r && r <= 'z' }) {
			t.Errorf("%q has no key", s)
		}
	})
}
