package sandbox

import (
	"fmt"

	"github.com/moby/profiles/seccomp"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

//go:generate go run gencalls.go

// call is a system call of one architecture.
type call struct {
	name   string
	number uint32
}

// confine lets this thread, and what it executes, make only the system calls that Docker's own profile allows who has these capabilities.
func (c Command) confine() error {
	if c.Unconfined {
		return nil
	}
	bounding := c.Capabilities
	if bounding == nil {
		bounding = DefaultCapabilities()
	}
	profile, err := seccomp.GetDefaultProfile(&specs.Spec{Process: &specs.Process{Capabilities: &specs.LinuxCapabilities{Bounding: bounding}}})
	if err != nil {
		return fmt.Errorf("reading the seccomp profile: %w", err)
	}
	program, err := profileFilter(profile)
	if err != nil {
		return fmt.Errorf("assembling the seccomp profile: %w", err)
	}
	return filter(program, 0)
}

// profileFilter looks for the architecture that a call is made in, and in its section for the call.
func profileFilter(profile *specs.LinuxSeccomp) ([]bpf.Instruction, error) {
	program := []bpf.Instruction{bpf.LoadAbsolute{Off: archOffset, Size: 4}}
	for _, a := range []struct {
		audit uint32
		calls []call
	}{{auditArch, nativeCalls}, {compatAuditArch, compatCalls}} {
		s, err := section(profile, a.calls)
		if err != nil {
			return nil, err
		}
		program = append(program, bpf.JumpIf{Cond: bpf.JumpEqual, Val: a.audit, SkipTrue: 1}, bpf.Jump{Skip: uint32(len(s))})
		program = append(program, s...)
	}
	return append(program, refuse(profile.DefaultErrnoRet)), nil
}

var allow = bpf.RetConstant{Val: unix.SECCOMP_RET_ALLOW}

// refuse answers a call with an error, "operation not permitted" unless the profile has another.
func refuse(errno *uint) bpf.RetConstant {
	if errno == nil {
		return bpf.RetConstant{Val: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)}
	}
	return bpf.RetConstant{Val: unix.SECCOMP_RET_ERRNO | uint32(*errno)}
}

// section decides on every call of an architecture.
func section(profile *specs.LinuxSeccomp, calls []call) ([]bpf.Instruction, error) {
	numbers, last := map[string]uint32{}, uint32(0)
	for _, c := range calls {
		numbers[c.name] = c.number
		last = max(last, c.number)
	}
	nosys := uint(unix.ENOSYS)
	program := []bpf.Instruction{
		bpf.LoadAbsolute{Off: callOffset, Size: 4},
		// A call that the profile cannot know: a C library then does without it.
		bpf.JumpIf{Cond: bpf.JumpGreaterThan, Val: last, SkipFalse: 1}, refuse(&nosys),
	}
	for _, rule := range profile.Syscalls {
		answer, err := answerOf(rule)
		if err != nil {
			return nil, err
		}
		for _, name := range rule.Names {
			number, ok := numbers[name]
			if !ok {
				continue // of another architecture
			}
			decision, err := decide(rule.Args, answer)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			program = append(program, bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: number, SkipTrue: uint8(len(decision))})
			program = append(program, decision...)
		}
	}
	return append(program, refuse(profile.DefaultErrnoRet)), nil
}

func answerOf(rule specs.LinuxSyscall) (bpf.RetConstant, error) {
	switch rule.Action {
	case specs.ActAllow:
		return allow, nil
	case specs.ActErrno:
		return refuse(rule.ErrnoRet), nil
	}
	return bpf.RetConstant{}, fmt.Errorf("unknown action %s", rule.Action)
}

// decide answers when all arguments are as the rule wants them; otherwise it goes on behind itself, with the call's number as before.
func decide(args []specs.LinuxSeccompArg, answer bpf.RetConstant) ([]bpf.Instruction, error) {
	if len(args) == 0 {
		return []bpf.Instruction{answer}, nil
	}
	var tests []condition
	for _, a := range args {
		both, err := conditions(a)
		if err != nil {
			return nil, err
		}
		tests = append(tests, both...)
	}
	var program []bpf.Instruction
	for i, c := range tests {
		left := len(tests) - i - 1 // of three instructions each, and then the answer
		program = append(program,
			bpf.LoadAbsolute{Off: c.offset, Size: 4},
			bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: c.mask},
			bpf.JumpIf{Cond: c.test, Val: c.value, SkipFalse: uint8(3*left + 1)},
		)
	}
	return append(program, answer, bpf.LoadAbsolute{Off: callOffset, Size: 4}), nil
}

// condition is one on half an argument.
type condition struct {
	offset, mask uint32
	test         bpf.JumpTest
	value        uint32
}

// conditions are those on the upper and on the lower half. The bounds of the profile are small: with an upper half no argument is below one.
func conditions(a specs.LinuxSeccompArg) ([]condition, error) {
	lower := uint32(argsOffset + 8*a.Index) // the two architectures are little-endian
	upper := lower + 4
	const all = 0xffffffff
	low, high := uint32(a.Value), uint32(a.Value>>32)
	switch a.Op {
	case specs.OpEqualTo:
		return []condition{{upper, all, bpf.JumpEqual, high}, {lower, all, bpf.JumpEqual, low}}, nil
	case specs.OpMaskedEqual: // Value is the mask
		return []condition{
			{upper, high, bpf.JumpEqual, uint32(a.ValueTwo >> 32)}, {lower, low, bpf.JumpEqual, uint32(a.ValueTwo)},
		}, nil
	case specs.OpLessThan:
		return []condition{{upper, all, bpf.JumpEqual, high}, {lower, all, bpf.JumpLessThan, low}}, nil
	case specs.OpGreaterThan:
		return []condition{{upper, all, bpf.JumpEqual, high}, {lower, all, bpf.JumpGreaterThan, low}}, nil
	}
	return nil, fmt.Errorf("unknown comparison %s", a.Op)
}
