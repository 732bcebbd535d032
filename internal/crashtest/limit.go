package crashtest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// LimitFiles keeps processes from writing any file beyond a size, as a disk
// without room would: the kernel refuses with EFBIG. The limit of who writes is
// lifted by lift, their children's too.
func LimitFiles(size uint64, pids ...int) (lift func() error, err error) {
	before := map[int]uint64{}
	lift = func() error {
		var errs []error
		for pid, soft := range before {
			for _, p := range family(pid) {
				errs = append(errs, limitFiles(p, soft, nil))
			}
		}
		return errors.Join(errs...)
	}
	for _, pid := range pids {
		var old unix.Rlimit
		err := limitFiles(pid, size, &old)
		if errors.Is(err, unix.ESRCH) {
			continue // it has ended meanwhile
		}
		if err != nil {
			return lift, errors.Join(err, lift())
		}
		before[pid] = old.Cur
	}
	return lift, nil
}

func limitFiles(pid int, soft uint64, old *unix.Rlimit) error {
	var now unix.Rlimit
	err := unix.Prlimit(pid, unix.RLIMIT_FSIZE, nil, &now)
	if err == nil {
		if old != nil {
			*old = now
		}
		now.Cur = min(soft, now.Max)
		if err = unix.Prlimit(pid, unix.RLIMIT_FSIZE, &now, nil); errors.Is(err, unix.EPERM) {
			err = limitAs(pid, now.Cur)
		}
	} else if errors.Is(err, unix.EPERM) {
		err = limitAs(pid, soft)
		if old != nil {
			old.Cur = unix.RLIM_INFINITY // what a server that nobody limits has
		}
	}
	if old == nil && (errors.Is(err, unix.ESRCH) || errors.Is(err, unix.EPERM)) {
		return nil // it has ended, or is the browser, which runs under another user
	}
	if err != nil {
		return fmt.Errorf("limiting the files of process %d: %w", pid, err)
	}
	return nil
}

// limitAs sets the limit as the user whose process it is: root alone may not
// without a capability that containers take away.
func limitAs(pid int, soft uint64) error {
	var st unix.Stat_t
	if err := unix.Stat(fmt.Sprintf("/proc/%d", pid), &st); err != nil {
		return unix.ESRCH
	}
	value := strconv.FormatUint(soft, 10)
	if soft == unix.RLIM_INFINITY {
		value = "unlimited"
	}
	cmd := exec.Command("prlimit", "--pid", strconv.Itoa(pid), "--fsize="+value+":") //nolint:noctx,gosec // at once, and numbers only
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: st.Uid, Gid: st.Gid}}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", unix.EPERM, strings.TrimSpace(string(out)))
	}
	return nil
}

// family is a process and all that descend from it.
func family(pid int) []int {
	out := []int{pid}
	tasks, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid)) // none: it has ended
	for _, task := range tasks {
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/children", pid, task.Name()))
		if err != nil {
			continue
		}
		for child := range strings.FieldsSeq(string(raw)) {
			if n, err := strconv.Atoi(child); err == nil {
				out = append(out, family(n)...)
			}
		}
	}
	return out
}

// FillDisk takes the room on the disk away from whoever writes the store's files,
// until the returned function gives it back.
func (w *World) FillDisk() (func() error, error) {
	if w.Edition.FillDisk != nil {
		return w.Edition.FillDisk()
	}
	var pids []int
	for _, p := range w.Processes {
		pids = append(pids, p.PID())
	}
	return LimitFiles(0, pids...)
}
