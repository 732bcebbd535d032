package sms

import (
	"strings"
	"unicode/utf16"
)

// Encodings of a message on the air.
const (
	GSM7 = "GSM-7"
	UCS2 = "UCS-2"
)

// plain replaces what the GSM alphabet lacks and ASCII can say: one such sign
// would switch the whole message to UCS-2 and double its price. The first line
// holds every form in which oʻ, gʻ and the tutuq belgisi are typed.
var plain = strings.NewReplacer(
	"ʻ", "'", "ʼ", "'", "‘", "'", "’", "'", "‛", "'", "`", "'", "´", "'", "′", "'", "ʹ", "'",
	"«", `"`, "»", `"`, "“", `"`, "”", `"`, "„", `"`, "‟", `"`, "″", `"`,
	"‹", "'", "›", "'", "‚", "'",
	"‐", "-", "‑", "-", "‒", "-", "–", "-", "—", "-", "―", "-", "−", "-",
	"…", "...", "№", "No", "•", "-",
	"\u00a0", " ", "\u2009", " ", "\u202f", " ", "\u2007", " ", "\t", " ",
	"\u200b", "", "\u00ad", "", "\ufeff", "",
)

// Normalise replaces typographic apostrophes, quotes, dashes, spaces and a few
// signs by ones of the GSM alphabet. Letters stay: Cyrillic text is UCS-2.
func Normalise(text string) string { return plain.Replace(text) }

const (
	basic    = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	extended = "\f^{}\\[~]|€" // two units each
)

// gsmUnits holds the units of each sign of the GSM alphabet (3GPP TS 23.038).
var gsmUnits = func() map[rune]int {
	units := map[rune]int{}
	for _, r := range basic {
		units[r] = 1
	}
	for _, r := range extended {
		units[r] = 2
	}
	return units
}()

// Segments tells how a text goes over the air and in how many parts: 160 units
// of GSM-7 or 70 of UCS-2 alone, 153 or 67 in each part of a longer text (3GPP
// TS 23.040). A sign of two units is never cut by a border. Empty text: 0 parts.
func Segments(text string) (encoding string, parts int) {
	units, gsm := make([]int, 0, len(text)), true
	for _, r := range text {
		n, ok := gsmUnits[r]
		gsm = gsm && ok
		units = append(units, n)
	}
	if gsm {
		return GSM7, split(units, 160, 153)
	}
	units = units[:0]
	for _, r := range text {
		units = append(units, utf16.RuneLen(r))
	}
	return UCS2, split(units, 70, 67)
}

// Preview tells what becomes of a text: as it is sent, its encoding on the air
// and the number of parts that are paid for.
func Preview(text string) (normal, encoding string, parts int) {
	normal = Normalise(text)
	encoding, parts = Segments(normal)
	return normal, encoding, parts
}

// split counts parts over the units of each sign.
func split(units []int, alone, each int) int {
	total := 0
	for _, n := range units {
		total += n
	}
	switch {
	case total == 0:
		return 0
	case total <= alone:
		return 1
	}
	parts, room := 1, each
	for _, n := range units {
		if n > room {
			parts, room = parts+1, each
		}
		room -= n
	}
	return parts
}
