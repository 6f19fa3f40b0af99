package sandbox

import (
	"context"
	"errors"
	"net"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

func (n Network) cloneFlags() uintptr {
	const flags = unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS
	if n == NetworkHost {
		return flags
	}
	return flags | unix.CLONE_NEWNET
}

// open has nothing to do in the machine's own network.
func (n Network) open() error {
	if n == NetworkHost {
		return nil
	}
	letEverybodyServe()
	return raiseLoopback()
}

// letEverybodyServe is what Docker does too: no port of the container's own network, and no ping, is for root alone.
// Where /proc cannot be written it stays as it is.
func letEverybodyServe() {
	for name, value := range map[string]string{"ip_unprivileged_port_start": "0", "ping_group_range": "0 2147483647"} {
		os.WriteFile("/proc/sys/net/ipv4/"+name, []byte(value), 0)
	}
}

func raiseLoopback() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if errors.Is(err, unix.EAFNOSUPPORT) {
		return nil
	}
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	defer unix.Close(fd)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	lo.SetUint16(unix.IFF_UP)
	return os.NewSyscallError("raising the loopback interface", unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo))
}

// Dial connects to an address in the container's network, where its loopback interface is its own: what publishing a port needs.
// The host in the address has to be a number.
func (p *Process) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	if p.network == NetworkHost {
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	ns, err := os.Open(p.container.namespace("net"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, os.ErrProcessDone
	}
	if err != nil {
		return nil, err
	}
	defer ns.Close()
	if err := p.container.Signal(0); err != nil { // what was opened could be another's
		return nil, err
	}
	var conn net.Conn
	onLostThread(func() {
		if err = unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET); err != nil {
			err = os.NewSyscallError("setns", err)
			return
		}
		conn, err = new(net.Dialer).DialContext(ctx, network, address)
	})
	return conn, err
}

// onLostThread runs f on a thread that ends with it.
func onLostThread(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() { // the main thread would stay, and all of /proc/self tells of it
			defer runtime.UnlockOSThread()
			onLostThread(f)
			return
		}
		f()
	}()
	<-done
}
