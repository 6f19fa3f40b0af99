package sandbox

// Spec is a container to be: a program and the surroundings that it sees.
type Spec struct {
	Command
	Root     string // a mounted root file system; its mount stays the caller's
	ReadOnly bool   // nothing may be written to the root
	Hostname string
	Network  Network
	Mounts   []Mount
	Limits   Limits
	ShmSize  int64 // of /dev/shm in bytes; zero is 64 MiB
}

// Command is a program in a container: its first, or a later one.
type Command struct {
	Args            []string
	Env             []string // all of it: nothing is added
	Dir             string   // made when missing, for a container's first program; empty is "/"
	User            User
	Stdin           bool // keep Process.Stdin open for the caller; otherwise the program reads an empty input
	Terminal        bool
	Size            Size     // of the terminal at first
	Capabilities    []string // as "CAP_CHOWN"; nil is DefaultCapabilities
	NoNewPrivileges bool
	Unconfined      bool // make any system call, not only those of Docker's seccomp profile
}

// User is who runs a program. Names are for the caller to resolve.
type User struct {
	UID, GID uint32
	Groups   []uint32 // additional ones
}

// Size of a terminal, in characters.
type Size struct{ Rows, Cols uint16 }

// Mount is a file (such as what is to be /etc/hosts) or folder of this machine seen in a container, or memory.
type Mount struct {
	Source   string // on this machine; empty for a tmpfs
	Target   string // in the container; made when missing
	ReadOnly bool
	Options  string // of a tmpfs, as mount(8) takes them
}

// Network is which network a container sees.
type Network int

const (
	// NetworkDefault is a network of the container's own in which only the loopback interface is there, and up; see Process.Dial.
	NetworkDefault Network = iota
	// NetworkNone is like it; the difference is what the caller may publish.
	NetworkNone
	// NetworkHost is the network of this machine.
	NetworkHost
)

// DefaultCapabilities are those that Docker leaves to a container's root.
func DefaultCapabilities() []string {
	return []string{
		"CAP_AUDIT_WRITE", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_MKNOD",
		"CAP_NET_BIND_SERVICE", "CAP_NET_RAW", "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT",
	}
}
