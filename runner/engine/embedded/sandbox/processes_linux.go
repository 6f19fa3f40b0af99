package sandbox

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// Processes are the numbers, on this machine, of all processes of the container.
func (p *Process) Processes() ([]int, error) {
	of, err := os.Readlink(p.container.namespace("pid"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, os.ErrProcessDone
	}
	if err != nil {
		return nil, err
	}
	links, err := filepath.Glob("/proc/[0-9]*/ns/pid")
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, link := range links {
		if ns, err := os.Readlink(link); err != nil || ns != of {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(link))))
		if err != nil {
			return nil, err
		}
		pids = append(pids, pid)
	}
	return pids, nil
}

// namespace is the path of a namespace of the program.
func (p *Process) namespace(name string) string {
	return filepath.Join("/proc", strconv.Itoa(p.Pid()), "ns", name)
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
