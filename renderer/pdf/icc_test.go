package pdf

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"
)

// The profile says what sRGB's published profiles say.
func TestProfile(t *testing.T) {
	t.Parallel()
	p := srgb()
	if int(binary.BigEndian.Uint32(p)) != len(p) || len(p)%4 != 0 || len(p) > 1200 {
		t.Errorf("size %d of %d", binary.BigEndian.Uint32(p), len(p))
	}
	if string(p[8:24]) != "\x02\x10\x00\x00mntrRGB XYZ " || string(p[36:40]) != "acsp" ||
		!bytes.Equal(p[68:80], []byte{0, 0, 0xf6, 0xd6, 0, 1, 0, 0, 0, 0, 0xd3, 0x2d}) {
		t.Errorf("head % x", p[:128])
	}
	tags := map[string][]byte{}
	for i := range int(binary.BigEndian.Uint32(p[128:])) {
		entry := p[132+12*i:]
		at, size := binary.BigEndian.Uint32(entry[4:]), binary.BigEndian.Uint32(entry[8:])
		if at%4 != 0 || int(at+size) > len(p) {
			t.Fatalf("tag %s at %d, %d bytes", entry[:4], at, size)
		}
		tags[string(entry[:4])] = p[at : at+size]
	}
	// The primaries of IEC 61966-2-1 adapted to D50, as fixed-point numbers.
	for tag, want := range map[string][3]int{
		"rXYZ": {0x6fa2, 0x38f5, 0x0390}, "gXYZ": {0x6299, 0xb785, 0x18da}, "bXYZ": {0x24a0, 0x0f84, 0xb6cf},
		"wtpt": {0xf6d6, 0x10000, 0xd32d},
	} {
		for i, w := range want {
			if got := int(binary.BigEndian.Uint32(tags[tag][8+4*i:])); math.Abs(float64(got-w)) > 12 {
				t.Errorf("%s[%d] is %#x, want %#x", tag, i, got, w)
			}
		}
	}
	for _, tag := range []string{"rTRC", "gTRC", "bTRC"} {
		curve := tags[tag]
		if string(curve[:4]) != "curv" || binary.BigEndian.Uint32(curve[8:]) != 256 || len(curve) != 12+512 {
			t.Fatalf("%s: %x", tag, curve[:12])
		}
		for at, want := range map[int]float64{0: 0, 10: 0.0030353, 128: 0.2158605, 188: 0.5028865, 255: 1} {
			if got := float64(binary.BigEndian.Uint16(curve[12+2*at:])) / 65535; math.Abs(got-want) > 1e-5 {
				t.Errorf("%s at %d is %f, want %f", tag, at, got, want)
			}
		}
	}
	for _, tag := range []string{"desc", "cprt"} {
		if len(tags[tag]) == 0 {
			t.Errorf("no %s", tag)
		}
	}
}
