//go:build linux

package daemon

import (
	"errors"
	"strconv"

	"github.com/docker/docker/errdefs"

	"capas/internal/message"
	"capas/runner/engine/embedded/sandbox"
)

// Advise says why no container can be made on this machine, and what to do about it.
func Advise(e *sandbox.NotPossibleError) message.Advice {
	switch e.Reason {
	case sandbox.ReasonAppArmor:
		return message.Advice{Reason: message.New("engine.embedded.apparmor"), Remedy: message.New("engine.embedded.apparmor-remedy")}
	case sandbox.ReasonDisabled:
		return message.Advice{Reason: message.New("engine.embedded.disabled"), Remedy: message.New("engine.embedded.disabled-remedy")}
	case sandbox.ReasonConfined:
		return message.Advice{Reason: message.New("engine.embedded.confined"), Remedy: message.New("engine.embedded.confined-remedy")}
	case sandbox.ReasonKernel:
		return message.Advice{Reason: message.New("engine.embedded.kernel"), Remedy: message.New("engine.embedded.kernel-remedy")}
	}
	return message.Advice{
		Reason: message.New("engine.embedded.other", message.Data{"Detail": e.Detail}),
		Remedy: message.New("engine.embedded.other-remedy"),
	}
}

// unable is the answer of the API where the machine, and not what was asked, is why a program was not started; nil otherwise. The docker
// command shows it as it is, and speaks English.
func unable(err error) error {
	english := message.For("en")
	var machine *sandbox.NotPossibleError
	var who *sandbox.UnmappedError
	switch {
	case errors.As(err, &machine):
		advice := Advise(machine)
		return errdefs.Unavailable(errors.New(english.Say(advice.Reason) + " " + english.Say(advice.Remedy)))
	case errors.As(err, &who):
		return errdefs.InvalidParameter(errors.New(english.Sayf("engine.embedded.unmapped", message.Data{"ID": strconv.FormatUint(uint64(who.ID), 10)})))
	}
	return nil
}
