// Attempt tries from inside a container what must not be possible there, and prints how the kernel refuses: "attempt read /etc/shadow".
// It says as well what no utility of the practice base tells.
package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"capas/runner/engine/embedded/sandbox"
)

func main() {
	sandbox.Init()
	err := attempts[os.Args[1]](os.Args[2:])
	var errno syscall.Errno
	switch {
	case errors.Is(err, errSaid):
	case err == nil:
		fmt.Println("done")
	case errors.As(err, &errno):
		fmt.Println(unix.ErrnoName(errno))
	default:
		fmt.Println(err)
	}
}

var attempts = map[string]func(args []string) error{
	"read": func(args []string) error {
		_, err := os.ReadFile(args[0])
		return err
	},
	"write": func(args []string) error { return os.WriteFile(args[0], []byte("x"), 0o644) },
	"kill":  func(args []string) error { return unix.Kill(number(args[0]), unix.SIGKILL) },
	"trace": func(args []string) error { return unix.PtraceAttach(number(args[0])) },
	"mount": func(args []string) error { return unix.Mount("tmpfs", args[0], "tmpfs", 0, "") },
	"writable": func(args []string) error {
		return unix.Mount("", args[0], "", unix.MS_BIND|unix.MS_REMOUNT, "")
	},
	"unmount": func(args []string) error { return unix.Unmount(args[0], unix.MNT_DETACH) },
	"device":  device,
	"chroot":  escapeByChroot,
	"user":    func([]string) error { return unix.Unshare(unix.CLONE_NEWUSER) },
	"threads": threads,
	"memory":  memory,
	"wait":    wait,
	"size":    size,

	"environment": environment,
	"mount-of":    mountOf,
	"status":      status,
	"open":        open,
	"serve":       serve,
	"engine":      engine,
	"probe":       probe,
}

// device makes a node of a disk, with the numbers that are given, and opens it.
func device(args []string) error {
	if err := unix.Mknod(args[0], unix.S_IFBLK|0o666, int(unix.Mkdev(uint32(number(args[1])), uint32(number(args[2]))))); err != nil {
		return err
	}
	_, err := os.Open(args[0])
	return err
}

// escapeByChroot leaves a root directory for one further in, and climbs.
func escapeByChroot(args []string) error {
	if err := os.MkdirAll("/tmp/deep", 0o755); err != nil {
		return err
	}
	if err := unix.Chroot("/tmp/deep"); err != nil {
		return err
	}
	_, err := os.ReadFile(strings.Repeat("../", 100) + args[0])
	return err
}

// threads starts processes until it is stopped, and says how many it had.
func threads([]string) error {
	for n := 0; ; n++ {
		p, err := os.StartProcess("/proc/self/exe", []string{"attempt", "wait"}, &os.ProcAttr{})
		if err != nil || n == 1000 {
			fmt.Println(n)
			return err
		}
		defer p.Kill()
	}
}

// memory uses as many MiB.
func memory(args []string) error {
	for range number(args[0]) {
		b := make([]byte, 1<<20)
		for i := range b {
			b[i] = 1
		}
		kept = append(kept, b)
	}
	return nil
}

var kept [][]byte

// wait lives until it gets a signal, on which it ends with 7.
func wait([]string) error {
	c := make(chan os.Signal, 1)
	signal.Notify(c, unix.SIGUSR1)
	fmt.Println("ready")
	<-c
	os.Exit(7)
	return nil
}

// size says the terminal's, at first and whenever it changes.
func size([]string) error {
	c := make(chan os.Signal, 1)
	signal.Notify(c, unix.SIGWINCH)
	for {
		ws, err := unix.IoctlGetWinsize(0, unix.TIOCGWINSZ)
		if err != nil {
			return err
		}
		fmt.Println(ws.Row, ws.Col)
		<-c
	}
}

// errSaid is of those who have printed all that there is to say.
var errSaid = errors.New("said")

func environment([]string) error {
	fmt.Println(strings.Join(os.Environ(), "\n"))
	return errSaid
}

// mountOf is the last line of /proc/self/mounts for a path, without the two zeros.
func mountOf(args []string) error {
	text, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return err
	}
	found := ""
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); f[1] == args[0] {
			found = strings.Join(f[:4], " ")
		}
	}
	fmt.Println(found)
	return errSaid
}

// status is a field of /proc/self/status.
func status(args []string) error {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, args[0]+":"); ok {
			fmt.Println(strings.Join(strings.Fields(value), " "))
		}
	}
	return errSaid
}

// open lists the descriptors of this process. It opens none for it: Go's runtime would have more of them at once.
func open([]string) error {
	for fd := range 1024 {
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil {
			fmt.Println(fd)
		}
	}
	return errSaid
}

// engine starts a container of a root directory, a user's number and a command line, and another program in it. It says the number of
// the first, and lives until it is killed.
func engine(args []string) error {
	c := sandbox.Command{User: sandbox.User{UID: uint32(number(args[1]))}, Args: args[2:], Stdin: true}
	p, err := sandbox.Start(sandbox.Spec{Root: args[0], Command: c})
	if err != nil {
		return err
	}
	c.Args = []string{"/bin/cat"}
	if _, err := p.Exec(c); err != nil {
		return err
	}
	fmt.Println(p.Pid())
	select {}
}

// probe says why it could start no container.
func probe([]string) error {
	tier, err := sandbox.Probe()
	var reason *sandbox.NotPossibleError
	switch {
	case errors.As(err, &reason):
		fmt.Fprintln(os.Stderr, err)
		fmt.Println(reason.Reason)
	default:
		fmt.Println(tier, err)
	}
	return errSaid
}

// serve says a word to the first who connects to the address that it prints.
func serve(args []string) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	conn, err := l.Accept()
	if err != nil {
		return err
	}
	fmt.Fprint(conn, args[0])
	return conn.Close()
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(err)
	}
	return n
}
