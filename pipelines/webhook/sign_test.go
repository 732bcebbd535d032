package webhook

import (
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/personal"
)

// The example of docs/api.md, which receivers are built by.
func TestSignExample(t *testing.T) {
	t.Parallel()
	got, err := Sign("whsec_c2F5bG92LWh1Yi1leGFtcGxlLXNlY3JldC0wMDAx", "0190f5d0-0000-7000-8000-000000000001", time.Unix(1795348800, 0), []byte(`{"specversion":"1.0"}`))
	if want := "v1,b4B1AxfFsM5oD4CXGszc0wFIc7oeiPD1LegSe6WtlxY="; err != nil || got != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	secret, err := newSecret()
	if err != nil {
		t.Fatal(err)
	}
	rotated, err := Secret{Current: secret}.next(now)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := newSecret()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		by     Secret
		with   personal.Secret
		change func(h http.Header, body *string)
		at     time.Time
		want   error
	}{
		{"good", Secret{Current: secret}, secret, nil, now, nil},
		{"a clock that is late", Secret{Current: secret}, secret, nil, now.Add(Tolerance), nil},
		{"a clock that is early", Secret{Current: secret}, secret, nil, now.Add(-Tolerance), nil},
		{"sent again later by another", Secret{Current: secret}, secret, nil, now.Add(Tolerance + time.Second), ErrTimestamp},
		{"from the future", Secret{Current: secret}, secret, nil, now.Add(-Tolerance - time.Second), ErrTimestamp},
		{"the time was changed", Secret{Current: secret}, secret, func(h http.Header, _ *string) { h.Set(HeaderTimestamp, "1795348801") }, now, ErrSignature},
		{"no time", Secret{Current: secret}, secret, func(h http.Header, _ *string) { h.Del(HeaderTimestamp) }, now, ErrTimestamp},
		{"the body was changed", Secret{Current: secret}, secret, func(_ http.Header, b *string) { *b += " " }, now, ErrSignature},
		{"the id was changed", Secret{Current: secret}, secret, func(h http.Header, _ *string) { h.Set(HeaderID, "x") }, now, ErrSignature},
		{"no signature", Secret{Current: secret}, secret, func(h http.Header, _ *string) { h.Del(HeaderSignature) }, now, ErrSignature},
		{"another's secret", Secret{Current: stranger}, secret, nil, now, ErrSignature},
		{"rotated, by the old one", rotated, secret, nil, now, nil},
		{"rotated, by the new one", rotated, rotated.Current, nil, now, nil},
		{"rotated a day ago", Secret{Current: rotated.Current, Previous: secret, Until: now}, secret, nil, now, ErrSignature},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			body := `{"specversion":"1.0"}`
			h := http.Header{}
			h.Set(HeaderID, "e1")
			h.Set(HeaderTimestamp, "1795348800")
			s, err := c.by.sign("e1", now, []byte(body))
			if err != nil {
				t.Fatal(err)
			}
			h.Set(HeaderSignature, s)
			if c.change != nil {
				c.change(h, &body)
			}
			id, err := Verify(c.with, h, []byte(body), c.at)
			if !errors.Is(err, c.want) || err == nil && id != "e1" {
				t.Errorf("got %q, %v, want %v", id, err, c.want)
			}
		})
	}
}

func TestCheckURL(t *testing.T) {
	t.Parallel()
	r := Rules{HTTPHosts: []string{"inside.example"}, Private: prefixes("10.1.0.0/16")}
	for _, c := range []struct {
		name, url string
		ok        bool
	}{
		{"https", "https://receiver.example/hook?a=b", true},
		{"http", "http://receiver.example/hook", false},
		{"http to a host that is allowed", "http://INSIDE.example:8080/", true},
		{"http to a host that ends alike", "http://not-inside.example/", false},
		{"another scheme", "ftp://inside.example/", false},
		{"no host", "https:///x", false},
		{"a user", "https://me:s3cret@receiver.example/", false},
		{"a fragment", "https://receiver.example/#x", false},
		{"this machine", "https://127.0.0.1/", false},
		{"this machine, version 6", "https://[::1]/", false},
		{"this machine inside version 6", "https://[::ffff:127.0.0.1]/", false},
		{"a private network", "https://10.2.0.1/", false},
		{"a private network that is allowed", "https://10.1.0.1/", true},
		{"public", "https://93.184.216.34/", true},
		{"too long", "https://receiver.example/" + strings.Repeat("x", longestURL), false},
		{"nothing", "", false},
	} {
		if err := r.CheckURL(c.url); (err == nil) != c.ok || err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestCheckAddress(t *testing.T) {
	t.Parallel()
	for address, ok := range map[string]bool{
		"93.184.216.34": true, "2606:2800:220:1::1": true, "172.32.0.1": true,
		"0.0.0.0": false, "10.0.0.1": false, "172.16.0.1": false, "192.168.1.1": false, "127.0.0.53": false, "169.254.169.254": false,
		"100.64.0.1": false, "198.18.0.1": false, "224.0.0.1": false, "255.255.255.255": false, "240.0.0.1": false, "192.0.2.1": false,
		"::": false, "::1": false, "fe80::1": false, "fe80::1%eth0": false, "fc00::1": false, "ff02::1": false, "::ffff:10.0.0.1": false, "::ffff:93.184.216.34": true,
		"64:ff9b::a00:1": false, "2002:a00:1::": false, "2001:db8::1": false, "::7f00:1": false,
	} {
		if err := (Rules{}).checkAddress(netip.MustParseAddr(address)); (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
	}
	if err := (Rules{}).checkDialled("nonsense"); err == nil {
		t.Error("what is no address is dialled")
	}
}
