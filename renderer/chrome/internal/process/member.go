package process

// Page is the kind of the processes that hold pages.
const Page = "renderer"

// Member is one process of the browser's group.
type Member struct {
	PID     int
	Kind    string // of --type=; empty for the browser itself
	UID     int    // effective
	Seccomp int    // 2: filtered
}

// Usage is the memory of a process group, in bytes.
type Usage struct {
	Total int64 // of all its processes
	Page  int64 // of the biggest process that holds pages
}
