package chaos_test

import (
	"slices"
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
		{"every one", "a", "xxxx", chaos.Fault{Operation: "a", Kind: chaos.Status, OneIn: 1}},
		{"a share of all", "a", "xxxx", chaos.Fault{Operation: "a", Kind: chaos.Status, Share: 1}},
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

func TestAfterBeginsByTheClock(t *testing.T) {
	t.Parallel()
	c := &clock{t: time.Unix(1000, 0)}
	i := chaos.New(c.now, "a")
	if err := i.Add(chaos.Fault{Kind: chaos.Down, After: time.Minute, For: time.Minute, OneIn: 2}); err != nil {
		t.Fatal(err)
	}
	var got string
	for _, step := range []time.Duration{0, time.Minute - 1, 1, 0, time.Minute - 1, 1} {
		c.t = c.t.Add(step)
		begun := len(i.States()) == 1 && i.States()[0].Begun
		if want := !c.t.Before(time.Unix(1060, 0)) && c.t.Before(time.Unix(1120, 0)); begun != want {
			t.Errorf("at %d: begun %t", c.t.Unix(), begun)
		}
		got += pattern(i, "a", 1)
	}
	if got != "..x.x." || len(i.List()) != 0 { // calls before the beginning are not counted for OneIn
		t.Errorf("got %s, left %d", got, len(i.List()))
	}
}

// The second fault is asked only when the first does not strike.
func TestFaultsStandBehindEachOther(t *testing.T) {
	t.Parallel()
	i := chaos.New(time.Now, "a")
	if err := i.Add(chaos.Fault{Kind: chaos.Down, OneIn: 2}, chaos.Fault{Kind: chaos.Empty, OneIn: 2}); err != nil {
		t.Fatal(err)
	}
	var got []chaos.Kind
	for range 4 {
		f, _ := i.Strike("a", "")
		if f == nil {
			f = &chaos.Fault{}
		}
		got = append(got, f.Kind)
	}
	if d := cmp.Diff([]chaos.Kind{chaos.Down, chaos.Empty, chaos.Down, ""}, got); d != "" {
		t.Error(d)
	}
}

func TestHealNumber(t *testing.T) {
	t.Parallel()
	i := chaos.New(time.Now, "a")
	if err := i.Add(chaos.Fault{Kind: chaos.Down, OneIn: 2}, chaos.Fault{Kind: chaos.Empty}, chaos.Fault{Kind: chaos.HTML}); err != nil {
		t.Fatal(err)
	}
	_ = pattern(i, "a", 3)
	i.HealNumber(2)
	i.HealNumber(7)
	got := i.States()
	want := []chaos.State{
		{Number: 1, Fault: chaos.Fault{Operation: "*", Kind: chaos.Down, OneIn: 2}, Begun: true, Seen: 3, Strikes: 2},
		{Number: 3, Fault: chaos.Fault{Operation: "*", Kind: chaos.HTML, Status: 200}, Begun: true},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestTooManyFaults(t *testing.T) {
	t.Parallel()
	i := chaos.New(time.Now)
	if err := i.Add(make([]chaos.Fault, 1)...); err == nil {
		t.Error("took a fault without a kind")
	}
	many := slices.Repeat([]chaos.Fault{{Kind: chaos.Down}}, 1000)
	if err := i.Add(many...); err != nil {
		t.Fatal(err)
	}
	if err := i.Add(many[0]); err == nil || len(i.List()) != 1000 {
		t.Errorf("error %v with %d in force", err, len(i.List()))
	}
}
