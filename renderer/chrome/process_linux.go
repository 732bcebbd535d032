package chrome

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// supported: the confinement below is written for Linux.
const supported = true

// roomyShm is how much free shared memory makes /dev/shm fit for the browser;
// below, it keeps such files in its own folder. Containers often have 64 MB.
const roomyShm = 256 << 20

// confine prepares the command: a process group of its own, which dies with
// the hub; another user when the hub is root. chromedp starts it from a locked
// thread that lives until the browser ends, which Pdeathsig needs.
func confine(cmd *exec.Cmd, uid, gid int, dir string) {
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if os.Getuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	cmd.Cancel = func() error {
		killGroup(cmd.Process.Pid)
		return nil
	}
}

func killGroup(pgid int) {
	if pgid > 1 {
		_ = syscall.Kill(-pgid, syscall.SIGKILL)
	}
}

// awaitGroupEnd kills what is left of the group until nothing is, at most for
// the given time. Ended processes that init has not collected yet do not count.
func awaitGroupEnd(pgid int, limit time.Duration) {
	for end := time.Now().Add(limit); pgid > 1 && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		killGroup(pgid)
		if len(group(pgid)) == 0 {
			return
		}
	}
}

func giveTo(path string, uid, gid int) error {
	if os.Getuid() != 0 {
		return nil
	}
	return os.Chown(path, uid, gid)
}

// hold locks the folder for as long as the hub lives, so that another start can
// tell a folder in use from one that a killed hub left behind.
func hold(dir string) (release func(), err error) {
	f, err := os.Create(filepath.Join(dir, lockName))
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}

// sweep removes the folders of hubs that were killed. A folder younger than a
// minute may not be locked yet.
func sweep(now time.Time) {
	dirs, _ := filepath.Glob(filepath.Join(os.TempDir(), folderPrefix+"*"))
	for _, dir := range dirs {
		info, err := os.Lstat(dir)
		if err != nil || !info.IsDir() || now.Sub(info.ModTime()) < time.Minute {
			continue
		}
		f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0)
		if err != nil {
			continue // not ours to judge
		}
		if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			_ = os.RemoveAll(dir)
		}
		f.Close()
	}
}

func shmIsRoomy() bool {
	var s syscall.Statfs_t
	return syscall.Statfs("/dev/shm", &s) == nil && s.Bavail*uint64(s.Bsize) >= roomyShm
}

// process is what /proc says of one process of the browser's group.
type process struct {
	pid     int
	kind    string // of --type=; empty for the browser itself
	uid     int    // effective
	seccomp int    // 2: filtered
}

// group lists the living processes of a process group.
func group(pgid int) []process {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var found []process
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
		if len(fields) < 3 || fields[0] == "Z" || fields[2] != strconv.Itoa(pgid) {
			continue
		}
		if p, err := inspect(pid); err == nil {
			found = append(found, p)
		}
	}
	return found
}

func inspect(pid int) (process, error) {
	p := process{pid: pid, uid: -1, seccomp: -1}
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		return p, err
	}
	for _, arg := range strings.FieldsFunc(string(line), func(r rune) bool { return r == 0 || r == ' ' }) {
		if kind, ok := strings.CutPrefix(arg, "--type="); ok {
			p.kind = kind
		}
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return p, err
	}
	for l := range strings.Lines(string(status)) {
		f := strings.Fields(l)
		switch {
		case len(f) >= 3 && f[0] == "Uid:":
			p.uid, _ = strconv.Atoi(f[2])
		case len(f) == 2 && f[0] == "Seccomp:":
			p.seccomp, _ = strconv.Atoi(f[1])
		}
	}
	return p, nil
}
