package process

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// Supported says whether the browser can be confined here: what follows is
// written for Linux.
const Supported = true

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
		if len(Members(pgid)) == 0 {
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
