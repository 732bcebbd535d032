package process

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Members lists the living processes of a process group.
func Members(group int) []Member {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var found []Member
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile("/proc/" + e.Name() + "/stat")
		if err != nil {
			continue
		}
		// The name in brackets may hold spaces: count fields after it.
		_, rest, _ := bytes.Cut(stat, []byte(") "))
		fields := strings.Fields(string(rest))
		if len(fields) < 3 || fields[0] == "Z" || fields[2] != strconv.Itoa(group) {
			continue
		}
		if m, err := inspect(pid); err == nil {
			found = append(found, m)
		}
	}
	return found
}

func inspect(pid int) (Member, error) {
	m := Member{PID: pid, UID: -1, Seccomp: -1}
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		return m, err
	}
	for _, arg := range strings.FieldsFunc(string(line), func(r rune) bool { return r == 0 || r == ' ' }) {
		if kind, ok := strings.CutPrefix(arg, "--type="); ok {
			m.Kind = kind
		}
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return m, err
	}
	for l := range strings.Lines(string(status)) {
		f := strings.Fields(l)
		switch {
		case len(f) >= 3 && f[0] == "Uid:":
			m.UID, _ = strconv.Atoi(f[2])
		case len(f) == 2 && f[0] == "Seccomp:":
			m.Seccomp, _ = strconv.Atoi(f[1])
		}
	}
	return m, nil
}

// Memory measures a process group. Shared pages are divided among those who
// share them (PSS); where the kernel does not let the hub read that, a process
// counts with its own pages only.
func Memory(group int) Usage {
	var u Usage
	for _, m := range Members(group) {
		n, ok := proportional(m.PID)
		if !ok {
			n = private(m.PID)
		}
		u.Total += n
		if m.Kind == Page {
			u.Page = max(u.Page, n)
		}
	}
	return u
}

func proportional(pid int) (int64, bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0, false
	}
	for l := range strings.Lines(string(text)) {
		if f := strings.Fields(l); len(f) == 3 && f[0] == "Pss:" {
			n, err := strconv.ParseInt(f[1], 10, 64)
			return n << 10, err == nil
		}
	}
	return 0, false
}

// private is resident less shared memory.
func private(pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	f := strings.Fields(string(text))
	if len(f) < 3 {
		return 0
	}
	resident, _ := strconv.ParseInt(f[1], 10, 64)
	shared, _ := strconv.ParseInt(f[2], 10, 64)
	return (resident - shared) * int64(os.Getpagesize())
}
