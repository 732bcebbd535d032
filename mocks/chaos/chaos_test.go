package chaos_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/mocks/chaos"
)

type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func pattern(i *chaos.Injector, op string, calls int) string {
	var b strings.Builder
	for range calls {
		if f, _ := i.Strike(op, "/path/"+op); f == nil {
			b.WriteString(".")
		} else {
			b.WriteString("x")
		}
	}
	return b.String()
}

func TestStrike(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, op, want string
		fault          chaos.Fault
	}{
		{"every call", "a", "xxxx", chaos.Fault{Operation: "a", Kind: chaos.Status}},
		{"another operation", "b", "....", chaos.Fault{Operation: "a", Kind: chaos.Status}},
		{"all operations", "b", "xxxx", chaos.Fault{Kind: chaos.Status}},
		{"by path", "b", "xxxx", chaos.Fault{Operation: "/path/b", Kind: chaos.Status}},
		{"one in three", "a", "x..x..x", chaos.Fault{Operation: "a", Kind: chaos.Status, OneIn: 3}},
		{"two times", "a", "xx..", chaos.Fault{Operation: "a", Kind: chaos.Status, Times: 2}},
		{"one in two, two times", "a", "x.x...", chaos.Fault{Operation: "a", Kind: chaos.Status, OneIn: 2, Times: 2}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			i := chaos.New((&clock{}).now, "a", "b")
			if err := i.Add(c.fault); err != nil {
				t.Fatal(err)
			}
			if got := pattern(i, c.op, len(c.want)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestForEndsByTheClock(t *testing.T) {
	t.Parallel()
	c := &clock{t: time.Unix(1000, 0)}
	i := chaos.New(c.now, "a")
	if err := i.Add(chaos.Fault{Kind: chaos.Down, For: time.Minute}); err != nil {
		t.Fatal(err)
	}
	got := pattern(i, "a", 1)
	c.t = c.t.Add(time.Minute - 1)
	got += pattern(i, "a", 1)
	c.t = c.t.Add(1)
	got += pattern(i, "a", 1)
	if got != "xx." || len(i.List()) != 0 {
		t.Errorf("got %s, left %d", got, len(i.List()))
	}
}

func TestHeal(t *testing.T) {
	t.Parallel()
	i := chaos.New(time.Now, "a", "b")
	for _, op := range []string{"a", "b"} {
		if err := i.Add(chaos.Fault{Operation: op, Kind: chaos.Hang, Times: 1}); err != nil {
			t.Fatal(err)
		}
	}
	_, healed := i.Strike("a", "")
	_, _ = i.Strike("a", "") // drops the spent fault, the first call hangs on
	select {
	case <-healed:
		t.Fatal("healed before Heal")
	default:
	}
	i.Heal("a")
	<-healed
	if got := i.List(); len(got) != 1 || got[0].Operation != "b" {
		t.Errorf("left %v", got)
	}
	i.Heal(chaos.All)
	if len(i.List()) != 0 {
		t.Error("Heal(*) left something")
	}
}

func TestFaultsAsJSON(t *testing.T) {
	t.Parallel()
	in := `{"operation":"a","kind":"status","status":503,"code":"700700","form":"xml","latency_ms":20,"retry_after":7,"one_in":2,"times":3,"for_ms":5000}`
	var f chaos.Fault
	if err := json.Unmarshal([]byte(in), &f); err != nil {
		t.Fatal(err)
	}
	want := chaos.Fault{
		Operation: "a", Kind: chaos.Status, Status: 503, Code: "700700", Form: "xml", Delay: 20 * time.Millisecond,
		RetryAfter: 7 * time.Second, OneIn: 2, Times: 3, For: 5 * time.Second,
	}
	if d := cmp.Diff(want, f); d != "" {
		t.Error(d)
	}
	out, err := json.Marshal(f)
	if err != nil || string(out) != in {
		t.Errorf("printed %s, %v", out, err)
	}
}

func TestAddRefuses(t *testing.T) {
	t.Parallel()
	for _, f := range []chaos.Fault{
		{Operation: "c", Kind: chaos.Down}, {Kind: "flood"}, {}, {Kind: chaos.Status, Status: 99}, {Kind: chaos.Hang, Times: -1},
	} {
		i := chaos.New(time.Now, "a", "b")
		if err := i.Add(f); err == nil || len(i.List()) != 0 {
			t.Errorf("took %s", fmt.Sprint(f))
		}
	}
}
