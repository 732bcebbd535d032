package pdf

import "testing"

func bench(b *testing.B, work func(raw []byte, o Options) error) {
	for _, page := range prints {
		raw := printed(b, page)
		o := options()
		b.Run(page, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(raw)))
			for b.Loop() {
				if err := work(raw, o); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkFinish(b *testing.B) {
	bench(b, func(raw []byte, o Options) error { _, err := Finish(raw, o); return err })
}

func BenchmarkFinishForArchive(b *testing.B) {
	bench(b, func(raw []byte, o Options) error {
		o.Archive = A2B
		_, err := Finish(raw, o)
		return err
	})
}

func BenchmarkRead(b *testing.B) {
	bench(b, func(raw []byte, _ Options) error { _, err := Read(raw); return err })
}

func BenchmarkText(b *testing.B) {
	bench(b, func(raw []byte, _ Options) error { _, err := Text(raw); return err })
}

func BenchmarkMergeHundred(b *testing.B) {
	raw := printed(b, "mandate")
	files := make([][]byte, 100)
	for i := range files {
		files[i] = raw
	}
	for b.Loop() {
		if _, err := Merge(files, options()); err != nil {
			b.Fatal(err)
		}
	}
}
