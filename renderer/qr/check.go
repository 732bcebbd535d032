package qr

// The field of 256 elements over x⁸+x⁴+x³+x²+1, by logarithms.
var powers, logs = func() (powers [510]byte, logs [256]int) {
	x := 1
	for i := range 255 {
		powers[i], powers[i+255] = byte(x), byte(x)
		logs[x] = i
		if x <<= 1; x > 255 {
			x ^= 0x11d
		}
	}
	return powers, logs
}()

func times(a, b byte) byte {
	if a == 0 || b == 0 {
		return 0
	}
	return powers[logs[a]+logs[b]]
}

// generator is the product of (x-2⁰) to (x-2ⁿ⁻¹) without its leading 1, highest
// power first.
func generator(n int) []byte {
	g := make([]byte, n)
	g[n-1] = 1
	for i := range n {
		root := powers[i]
		for j := range g {
			g[j] = times(g[j], root)
			if j+1 < n {
				g[j] ^= g[j+1]
			}
		}
	}
	return g
}

// remainder of the words, moved up by the generator's degree, divided by it:
// Reed and Solomon's check words.
func remainder(words, generator []byte) []byte {
	n := len(generator)
	rest := make([]byte, n)
	for _, w := range words {
		factor := w ^ rest[0]
		copy(rest, rest[1:])
		rest[n-1] = 0
		if factor == 0 {
			continue
		}
		log := logs[factor]
		for i, g := range generator {
			if g != 0 {
				rest[i] ^= powers[log+logs[g]]
			}
		}
	}
	return rest
}
