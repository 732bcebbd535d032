package verify

import "testing"

func TestCyrillic(t *testing.T) {
	t.Parallel()
	for latin, want := range map[string]string{
		"Toshkent shahar hududiy saylov komissiyasi":                 "Тошкент шаҳар ҳудудий сайлов комиссияси",
		"Mirzo Ulugʻbek tuman saylov komissiyasi":                    "Мирзо Улуғбек туман сайлов комиссияси",
		"Mirzo Ulug'bek tuman saylov komissiyasi":                    "Мирзо Улуғбек туман сайлов комиссияси",
		"OʻZBEKISTON RESPUBLIKASI MARKAZIY SAYLOV KOMISSIYASI":       "ЎЗБЕКИСТОН РЕСПУБЛИКАСИ МАРКАЗИЙ САЙЛОВ КОМИССИЯСИ",
		"Qoraqalpogʻiston Respublikasi":                              "Қорақалпоғистон Республикаси",
		"Yunusobod, Yashnobod, Yoʻlchi, Chilonzor, Shayxontohur":     "Юнусобод, Яшнобод, Йўлчи, Чилонзор, Шайхонтоҳур",
		"Jizzax, Xorazm, Sirdaryo, Navoiy, Fargʻona, Qashqadaryo":    "Жиззах, Хоразм, Сирдарё, Навоий, Фарғона, Қашқадарё",
		"Ellikqalʼa, Isʼhoq, poema, Eʼlon, 7-son okrug, eng, SHAHAR": "Элликқалъа, Исҳоқ, поэма, Эълон, 7-сон округ, энг, ШАҲАР",
		"konstitutsiya, 27-oktabr, obyekt":                           "конституция, 27-октябрь, объект",
		"Уже кириллица № 7":                                          "Уже кириллица № 7",
		"":                                                           "",
		"'o":                                                         "'о",
	} {
		if got := cyrillic(latin); got != want {
			t.Errorf("%s: %s, want %s", latin, got, want)
		}
	}
}

func FuzzCyrillic(f *testing.F) {
	f.Add("Isʼhoq")
	f.Fuzz(func(t *testing.T, text string) {
		if text != "" && cyrillic(text) == "" {
			t.Errorf("%q: nothing is left", text)
		}
	})
}
