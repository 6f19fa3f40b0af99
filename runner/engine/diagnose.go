package engine

import (
	"context"
	"crypto/tls"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"syscall"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/client"

	"capas/internal/message"
)

// Diagnose says why the engine could not be asked. It goes and looks, by dialling the engine itself, for the words of an error
// are made for people. It takes up to twice Patience where nothing answers. err is what the question ended with.
func Diagnose(ctx context.Context, t Target, err error) Trouble {
	var known *Trouble
	if errors.As(err, &known) {
		return *known
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) { // that of the question, which is over
		ctx = context.WithoutCancel(ctx)
	}
	c, unusable := t.Client()
	if errors.As(unusable, &known) {
		return *known
	}
	defer c.Close()
	kind, cause := t.probe(ctx, c)
	switch {
	case kind == Passing && !failedToConnect(err):
		kind, cause = Other, err // it is there, and said no
	case cause == nil:
		cause = err
	}
	return here(t).trouble(t, kind, cause)
}

func (m machine) trouble(t Target, kind Kind, cause error) Trouble {
	reason, remedy := m.words(t, kind, cause)
	return Trouble{Kind: kind, Reason: reason, Remedy: remedy, Err: cause}
}

func failedToConnect(err error) bool {
	return err == nil || client.IsErrConnectionFailed(err) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, net.ErrClosed)
}

// probe dials the engine and asks it the simplest question. It answers Passing where all is well.
func (t Target) probe(ctx context.Context, c *client.Client) (Kind, error) {
	if t.scheme() == "ssh" {
		return probeSSH(ctx, c)
	}
	conn, err := t.dial(ctx, c)
	if err != nil {
		return t.classify(err), err
	}
	_ = conn.Close()
	answer, err := Ping(ctx, c)
	switch {
	case err == nil && answer.APIVersion == "":
		return NotAnEngine, nil
	case err == nil:
		return Passing, nil
	case errors.Is(err, context.DeadlineExceeded):
		return NoAnswer, err
	case t.tlsTrouble(ctx, err):
		return TLS, err
	case client.IsErrConnectionFailed(err):
		return NoAnswer, err // it took the call and hung up
	}
	return NotAnEngine, err // each engine answers a ping
}

func probeSSH(ctx context.Context, c *client.Client) (Kind, error) {
	if _, err := Ping(ctx, c); err != nil {
		return SSH, err
	}
	return Passing, nil
}

func (t Target) dial(ctx context.Context, c *client.Client) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	switch t.scheme() {
	case "unix", "tcp":
		return (&net.Dialer{}).DialContext(ctx, t.scheme(), t.address())
	}
	return c.Dialer()(ctx) // a named pipe
}

const windowsRefused = syscall.Errno(10061) // what Windows says for ECONNREFUSED; no other system has the number

// classify tells from what a dial ended with.
func (t Target) classify(err error) Kind {
	var name *net.DNSError
	switch {
	case errors.As(err, &name):
		return NoSuchHost
	case t.scheme() != "tcp" && errors.Is(err, fs.ErrPermission): // on TCP it is a firewall's
		return NoPermission
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, windowsRefused):
		return NotRunning
	case errors.Is(err, syscall.EAGAIN): // a socket whose queue of callers is full
		return NoAnswer
	}
	return Unreachable
}

// tlsTrouble reports whether the two sides do not agree on TLS: by the kind of the error where we speak it,
// and where we do not, by trying whether the other side does.
func (t Target) tlsTrouble(ctx context.Context, err error) bool {
	if t.scheme() != "tcp" {
		return false
	}
	if !t.secure() {
		return t.speaksTLS(ctx)
	}
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	return errors.As(err, &certificate) || errors.As(err, &record) || errors.Is(err, http.ErrSchemeMismatch) || isAlert(err)
}

func (t Target) speaksTLS(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	d := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}} // nothing is said over it
	conn, err := d.DialContext(ctx, "tcp", t.address())
	if err == nil {
		_ = conn.Close()
	}
	return err == nil || isAlert(err)
}

// isAlert reports whether the other side ended a TLS connection with a reason ("certificate required").
func isAlert(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "remote error"
}

// words says a kind to the learner of this machine.
func (m machine) words(t Target, kind Kind, err error) (reason, remedy message.Text) {
	data := message.Data{"Host": t.Host, "Address": t.address(), "Rule": t.Rule.Text(), "Error": said(err)}
	switch kind {
	case NotRunning:
		return m.notRunning(t, data)
	case NoPermission:
		return m.noPermission(t, data)
	case NoAnswer:
		return message.New("engine.no-answer.reason", data), m.restart(t)
	case Unreachable:
		return message.New("engine.unreachable.reason", data), m.undo(t.Rule)
	case NoSuchHost:
		return message.New("engine.no-such-host.reason", data), m.undo(t.Rule)
	case NotAnEngine:
		return message.New("engine.not-an-engine.reason", data), m.undo(t.Rule)
	case TLS:
		return m.tls(t, data)
	case SSH:
		return message.New("engine.ssh.reason", data), run("ssh " + t.sshDestination() + " docker version")
	case Passing:
		return message.New("engine.passing.reason", data), message.New("engine.passing.remedy")
	}
	if t.Pinned() != "" && errdefs.IsInvalidArgument(err) { // «client version 1.99 is too new»
		return message.New("engine.other.reason", data), message.New("engine.undo.variable", message.Data{"Command": Unset(client.EnvOverrideAPIVersion)})
	}
	return message.New("engine.other.reason", data), m.lookCloser()
}

// undo is that of the rule; where nothing chose the engine, nothing can be taken back.
func (m machine) undo(r Rule) message.Text {
	if r == Default {
		return m.lookCloser()
	}
	return r.undo()
}

// lookCloser is for what there is no better advice on.
func (m machine) lookCloser() message.Text {
	if m.doctor {
		return run("docker version")
	}
	return run("capas doctor")
}

func (m machine) tls(t Target, data message.Data) (reason, remedy message.Text) {
	if !t.secure() {
		return message.New("engine.tls.wanted", data), message.New("engine.tls.give", data)
	}
	return message.New("engine.tls.refused", data), message.New("engine.tls.check", data)
}
