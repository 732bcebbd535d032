package inbox

import (
	"strings"
	"unicode/utf16"
)

// Encodings of a message on the air.
const (
	GSM7 = "GSM-7"
	UCS2 = "UCS-2"
)

const (
	single = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	double = "\f^{}\\[~]|€"
)

// Parts tells what a text costs: 160 units of GSM-7 or 70 of UCS-2 alone, 153 or
// 67 in each part of a longer one (3GPP TS 23.038, 23.040). A sign of two units
// is never divided.
func Parts(text string) (encoding string, parts int) {
	encoding, alone, each := GSM7, 160, 153
	var units []int
	for _, r := range text {
		switch {
		case strings.ContainsRune(single, r):
			units = append(units, 1)
		case strings.ContainsRune(double, r):
			units = append(units, 2)
		default:
			encoding = UCS2
		}
	}
	if encoding == UCS2 {
		alone, each, units = 70, 67, nil
		for _, r := range text {
			units = append(units, len(utf16.Encode([]rune{r})))
		}
	}
	total, long, left := 0, 1, each
	for _, n := range units {
		if total += n; left < n {
			long, left = long+1, each
		}
		left -= n
	}
	switch {
	case total == 0:
		return encoding, 0
	case total <= alone:
		return encoding, 1
	}
	return encoding, long
}
