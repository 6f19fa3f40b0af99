package sandbox

import "golang.org/x/sys/unix"

const (
	auditArch       = unix.AUDIT_ARCH_X86_64
	compatAuditArch = unix.AUDIT_ARCH_I386 // of its 32-bit programs
)

var ownershipCalls = []uint32{unix.SYS_CHOWN, unix.SYS_LCHOWN, unix.SYS_FCHOWN, unix.SYS_FCHOWNAT, unix.SYS_SETGROUPS}
