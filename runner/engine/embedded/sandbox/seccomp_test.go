//go:build linux

package sandbox

import (
	"encoding/binary"
	"testing"

	"github.com/moby/profiles/seccomp"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// answer runs a program as the kernel would. The machine of golang.org/x/net/bpf reads big-endian words.
func answer(t *testing.T, program []bpf.Instruction, arch, number uint32, args ...uint64) uint32 {
	t.Helper()
	vm, err := bpf.NewVM(program)
	if err != nil {
		t.Fatal(err)
	}
	data := make([]byte, 64)
	binary.BigEndian.PutUint32(data[callOffset:], number)
	binary.BigEndian.PutUint32(data[archOffset:], arch)
	for i, a := range args {
		binary.BigEndian.PutUint32(data[argsOffset+8*i:], uint32(a))
		binary.BigEndian.PutUint32(data[argsOffset+8*i+4:], uint32(a>>32))
	}
	result, err := vm.Run(data)
	if err != nil {
		t.Fatal(err)
	}
	return uint32(result)
}

func compat(name string) uint32 {
	for _, c := range compatCalls {
		if c.name == name {
			return c.number
		}
	}
	panic("no call " + name)
}

func TestProfile(t *testing.T) {
	const (
		allowed = unix.SECCOMP_RET_ALLOW
		refused = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
		unknown = unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)
	)
	for _, tc := range []struct {
		name         string
		arch, number uint32
		args         []uint64
		want, admin  uint32 // with Docker's capabilities, and with CAP_SYS_ADMIN
	}{
		{"read", auditArch, unix.SYS_READ, nil, allowed, allowed},
		{"mount", auditArch, unix.SYS_MOUNT, nil, refused, allowed},
		{"unshare", auditArch, unix.SYS_UNSHARE, nil, refused, allowed},
		{"clone of a thread", auditArch, unix.SYS_CLONE, []uint64{unix.CLONE_VM | unix.CLONE_THREAD}, allowed, allowed},
		{"clone with a user namespace", auditArch, unix.SYS_CLONE, []uint64{unix.CLONE_NEWUSER}, refused, allowed},
		{"clone3", auditArch, unix.SYS_CLONE3, nil, unknown, allowed},
		{"socket of the internet", auditArch, unix.SYS_SOCKET, []uint64{unix.AF_INET}, allowed, allowed},
		{"socket to the kernel's ciphers", auditArch, unix.SYS_SOCKET, []uint64{unix.AF_ALG}, refused, refused},
		{"socket to the hypervisor", auditArch, unix.SYS_SOCKET, []uint64{unix.AF_VSOCK}, refused, refused},
		{"socket after it", auditArch, unix.SYS_SOCKET, []uint64{unix.AF_VSOCK + 1}, allowed, allowed},
		{"socket with an upper half", auditArch, unix.SYS_SOCKET, []uint64{1<<32 | unix.AF_INET}, refused, refused},
		{"personality", auditArch, unix.SYS_PERSONALITY, []uint64{0xffffffff}, allowed, allowed},
		{"another personality", auditArch, unix.SYS_PERSONALITY, []uint64{7}, refused, refused},
		{"keyctl", auditArch, unix.SYS_KEYCTL, nil, refused, refused},
		{"a call to come", auditArch, 5000, nil, unknown, unknown},
		{"a 32-bit read", compatAuditArch, compat("read"), nil, allowed, allowed},
		{"a 32-bit mount", compatAuditArch, compat("mount"), nil, refused, allowed},
		{"of another machine", unix.AUDIT_ARCH_PPC64LE, unix.SYS_READ, nil, refused, refused},
	} {
		for _, with := range []struct {
			caps []string
			want uint32
		}{{DefaultCapabilities(), tc.want}, {append(DefaultCapabilities(), "CAP_SYS_ADMIN"), tc.admin}} {
			profile, err := seccomp.GetDefaultProfile(&specs.Spec{Process: &specs.Process{Capabilities: &specs.LinuxCapabilities{Bounding: with.caps}}})
			if err != nil {
				t.Fatal(err)
			}
			program, err := profileFilter(profile)
			if err != nil {
				t.Fatal(err)
			}
			if got := answer(t, program, tc.arch, tc.number, tc.args...); got != with.want {
				t.Errorf("%s with %d capabilities: %#x, want %#x", tc.name, len(with.caps), got, with.want)
			}
		}
	}
}

func TestChangesOfOwnerSucceed(t *testing.T) {
	for _, tc := range []struct {
		number, want uint32
	}{
		{unix.SYS_FCHOWNAT, unix.SECCOMP_RET_ERRNO},
		{unix.SYS_FCHOWN, unix.SECCOMP_RET_ERRNO},
		{unix.SYS_SETGROUPS, unix.SECCOMP_RET_ERRNO},
		{unix.SYS_FCHMODAT, unix.SECCOMP_RET_ALLOW},
		{unix.SYS_SETUID, unix.SECCOMP_RET_ALLOW},
	} {
		if got := answer(t, ownershipFilter(), auditArch, tc.number); got != tc.want {
			t.Errorf("call %d: %#x, want %#x", tc.number, got, tc.want)
		}
		if got := answer(t, ownershipFilter(), compatAuditArch, tc.number); got != unix.SECCOMP_RET_ALLOW {
			t.Errorf("32-bit call %d: %#x", tc.number, got)
		}
	}
}

func BenchmarkProfile(b *testing.B) {
	for b.Loop() {
		profile, err := seccomp.GetDefaultProfile(&specs.Spec{Process: &specs.Process{Capabilities: &specs.LinuxCapabilities{}}})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := profileFilter(profile); err != nil {
			b.Fatal(err)
		}
	}
}
