package chrome

import (
	"runtime"
	"time"
)

// Config says which browser runs and within which bounds. The zero value works.
type Config struct {
	Binary       string        // empty: chromium-headless-shell, then chromium, in PATH
	UID, GID     int           // of the browser when the hub is root; 0 means 65534 (nobody)
	Workers      int           // browser processes, a print at a time each; 0 means one a core
	Queue        int           // prints that may wait for a worker; 0 means 256
	Patience     time.Duration // how long a print waits for a worker; 0 means 30 s
	Timeout      time.Duration // of one try of one print; 0 means 15 s
	Tabs         int           // warm tabs of a worker, the least recently used goes; 0 means 24
	MaxDocuments int           // prints after which a process is replaced; 0 means 10,000
	TabDocuments int           // prints after which a tab is replaced; 0 means 500
	PageMemory   int64         // bytes of one page process above which a worker is replaced; 0 means 400 MB
	Memory       int64         // bytes of all processes of a worker; 0 means 1.5 GB
	MaxBody      int           // bytes of a page's body, above which it is rejected; 0 means 16 MB
	Every        time.Duration // how often the supervisor looks at a worker; 0 means 2 s
	Silence      time.Duration // without any answer for this long a browser is killed; 0 means 5 s
}

const (
	nobody = 65534
	mega   = 1 << 20
)

func (c Config) withDefaults() Config {
	orDefault(&c.UID, nobody)
	orDefault(&c.GID, nobody)
	orDefault(&c.Workers, runtime.GOMAXPROCS(0))
	orDefault(&c.Queue, 256)
	orDefault(&c.Patience, 30*time.Second)
	orDefault(&c.Timeout, 15*time.Second)
	orDefault(&c.Tabs, 24)
	orDefault(&c.MaxDocuments, 10_000)
	orDefault(&c.TabDocuments, 500)
	orDefault(&c.PageMemory, 400*mega)
	orDefault(&c.Memory, 1536*mega)
	orDefault(&c.MaxBody, 16*mega)
	orDefault(&c.Every, 2*time.Second)
	orDefault(&c.Silence, 5*time.Second)
	return c
}

func orDefault[T int | int64 | time.Duration](v *T, d T) {
	if *v <= 0 {
		*v = d
	}
}
