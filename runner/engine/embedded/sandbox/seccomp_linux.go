package sandbox

import (
	"os"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// pretendOwnership lets every change of owner, here and in all that is started from here, succeed without effect: in a user namespace
// with one user nothing could belong to another, and unpacking a layer or "apt-get" would fail.
func pretendOwnership() error {
	if err := noNewPrivileges(true); err != nil { // the kernel's condition, until this process is root
		return err
	}
	return filter(ownershipFilter(), unix.SECCOMP_FILTER_FLAG_TSYNC)
}

// Offsets in the kernel's struct seccomp_data.
const (
	callOffset = 0
	archOffset = 4
	argsOffset = 16
)

// ownershipFilter answers the calls with success, made by programs of this architecture.
func ownershipFilter() []bpf.Instruction {
	program := []bpf.Instruction{
		bpf.LoadAbsolute{Off: archOffset, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: auditArch, SkipTrue: 1},
		allow,
		bpf.LoadAbsolute{Off: callOffset, Size: 4},
	}
	for i, call := range ownershipCalls {
		program = append(program, bpf.JumpIf{Cond: bpf.JumpEqual, Val: call, SkipTrue: uint8(len(ownershipCalls) - i)})
	}
	return append(program,
		allow,
		bpf.RetConstant{Val: unix.SECCOMP_RET_ERRNO}, // and the errno is 0
	)
}

// filter binds this thread, or with TSYNC all of this process, and what they start.
func filter(program []bpf.Instruction, flags uintptr) error {
	raw, err := bpf.Assemble(program)
	if err != nil {
		return err
	}
	code := make([]unix.SockFilter, len(raw))
	for i, r := range raw {
		code[i] = unix.SockFilter{Code: r.Op, Jt: r.Jt, Jf: r.Jf, K: r.K}
	}
	fprog := unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(&fprog)))
	if errno != 0 {
		return os.NewSyscallError("seccomp", errno)
	}
	return nil
}
