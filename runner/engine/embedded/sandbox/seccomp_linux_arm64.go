package sandbox

import "golang.org/x/sys/unix"

const (
	auditArch       = unix.AUDIT_ARCH_AARCH64
	compatAuditArch = unix.AUDIT_ARCH_ARM // of its 32-bit programs
)

var ownershipCalls = []uint32{unix.SYS_FCHOWN, unix.SYS_FCHOWNAT, unix.SYS_SETGROUPS}
