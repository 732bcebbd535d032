package portal

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/jpeg"

	"github.com/saylovhub/hub/mocks/population"
)

// photo draws a plain silhouette, 90 by 120 pixels, as a JPEG in base64
// without a data: prefix. Nobody's face.
func photo(p *population.Person) string {
	const width, height = 90, 120
	img := image.NewGray(image.Rect(0, 0, width, height))
	shade := uint8(60 + p.Index%100) // below 160
	for y := range height {
		for x := range width {
			dx, dy := x-width/2, y-45
			head := dx*dx+dy*dy < 22*22
			body := y > 75 && dx*dx < (y-60)*(y-60)/2
			c := color.Gray{Y: 225}
			if head || body {
				c.Y = shade
			}
			img.SetGray(x, y, c)
		}
	}
	var b bytes.Buffer
	_ = jpeg.Encode(&b, img, nil) // a buffer never fails
	return base64.StdEncoding.EncodeToString(b.Bytes())
}
