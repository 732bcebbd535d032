package pdf

import (
	"encoding/binary"
	"math"
	"sync"
)

// srgb is an ICC profile, version 2.1, of the colours of IEC 61966-2-1: primaries
// and white point of ITU-R BT.709 adapted to the profile space's D50, and the
// transfer curve at each of its 8-bit steps, where it is exact.
var srgb = sync.OnceValue(func() []byte {
	curve := binary.BigEndian.AppendUint32([]byte("curv\x00\x00\x00\x00"), 256)
	for i := range 256 {
		curve = binary.BigEndian.AppendUint16(curve, uint16(math.Round(linear(float64(i)/255)*65535)))
	}
	m := primaries()
	type tag struct {
		name string
		data []byte
	}
	tags := []tag{
		{"desc", description("sRGB IEC61966-2.1")},
		{"cprt", []byte("text\x00\x00\x00\x00No rights reserved\x00")},
		{"wtpt", point(d50)},
		{"rXYZ", point([3]float64{m[0][0], m[1][0], m[2][0]})},
		{"gXYZ", point([3]float64{m[0][1], m[1][1], m[2][1]})},
		{"bXYZ", point([3]float64{m[0][2], m[1][2], m[2][2]})},
		{"rTRC", curve}, // one curve for all three
		{"gTRC", nil},
		{"bTRC", nil},
	}
	table := binary.BigEndian.AppendUint32(nil, uint32(len(tags)))
	var data []byte
	at, size := 0, 0
	for _, t := range tags {
		if t.data != nil {
			for len(data)%4 != 0 {
				data = append(data, 0)
			}
			at, size = 128+4+12*len(tags)+len(data), len(t.data)
			data = append(data, t.data...)
		}
		table = append(table, t.name...)
		table = binary.BigEndian.AppendUint32(table, uint32(at))
		table = binary.BigEndian.AppendUint32(table, uint32(size))
	}
	for len(data)%4 != 0 {
		data = append(data, 0)
	}
	head := make([]byte, 128)
	binary.BigEndian.PutUint32(head, uint32(len(head)+len(table)+len(data)))
	copy(head[8:], "\x02\x10\x00\x00mntrRGB XYZ ")
	for i, v := range []uint16{2026, 1, 1, 0, 0, 0} {
		binary.BigEndian.PutUint16(head[24+2*i:], v)
	}
	copy(head[36:], "acsp")
	copy(head[68:], point(d50)[8:])
	return append(append(head, table...), data...)
})

// d50 is the white of the profile connection space, by ICC.1.
var d50 = [3]float64{0.9642, 1, 0.8249}

// linear is the transfer curve of IEC 61966-2-1.
func linear(v float64) float64 {
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

// point is a tag of type XYZ.
func point(p [3]float64) []byte {
	b := []byte("XYZ \x00\x00\x00\x00")
	for _, v := range p {
		b = binary.BigEndian.AppendUint32(b, uint32(int32(math.Round(v*65536))))
	}
	return b
}

// description is a tag of type textDescription, with its Unicode and Macintosh
// forms empty.
func description(s string) []byte {
	b := binary.BigEndian.AppendUint32([]byte("desc\x00\x00\x00\x00"), uint32(len(s)+1))
	b = append(append(b, s...), 0)
	return append(b, make([]byte, 4+4+2+1+67)...)
}

type matrix [3][3]float64

func (m matrix) times(n matrix) (p matrix) {
	for i := range 3 {
		for j := range 3 {
			for k := range 3 {
				p[i][j] += m[i][k] * n[k][j]
			}
		}
	}
	return p
}

func (m matrix) apply(v [3]float64) (p [3]float64) {
	for i := range 3 {
		for k := range 3 {
			p[i] += m[i][k] * v[k]
		}
	}
	return p
}

func (m matrix) inverse() (p matrix) {
	minor := func(i, j int) float64 {
		a, b, c, d := (i+1)%3, (i+2)%3, (j+1)%3, (j+2)%3
		return m[a][c]*m[b][d] - m[a][d]*m[b][c]
	}
	det := m[0][0]*minor(0, 0) + m[0][1]*minor(0, 1) + m[0][2]*minor(0, 2)
	for i := range 3 {
		for j := range 3 {
			p[j][i] = minor(i, j) / det
		}
	}
	return p
}

func diagonal(v [3]float64) matrix { return matrix{{v[0], 0, 0}, {0, v[1], 0}, {0, 0, v[2]}} }

// primaries turns linear sRGB into XYZ of D50, adapted by Bradford's method.
func primaries() matrix {
	xyz := func(x, y float64) [3]float64 { return [3]float64{x / y, 1, (1 - x - y) / y} }
	r, g, b, white := xyz(0.64, 0.33), xyz(0.30, 0.60), xyz(0.15, 0.06), xyz(0.3127, 0.3290)
	cone := matrix{{0.8951, 0.2664, -0.1614}, {-0.7502, 1.7135, 0.0367}, {0.0389, -0.0685, 1.0296}}
	of := matrix{{r[0], g[0], b[0]}, {r[1], g[1], b[1]}, {r[2], g[2], b[2]}}
	of = of.times(diagonal(of.inverse().apply(white)))
	from, to := cone.apply(white), cone.apply(d50)
	ratio := [3]float64{to[0] / from[0], to[1] / from[1], to[2] / from[2]}
	return cone.inverse().times(diagonal(ratio)).times(cone).times(of)
}
