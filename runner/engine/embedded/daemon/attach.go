//go:build linux

package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/docker/docker/api/types/backend"
	containertypes "github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/container"
	"github.com/docker/docker/container/stream"
	"github.com/docker/docker/daemon/logger"
	"github.com/docker/docker/errdefs"
	"github.com/docker/docker/pkg/stdcopy"
	"github.com/moby/term"
)

// ContainerAttach connects a client's streams with a container's, until its program ends or the client leaves.
func (d *daemon) ContainerAttach(name string, request *backend.ContainerAttachConfig) error {
	keys, err := detachKeys(request.DetachKeys)
	if err != nil {
		return err
	}
	c, err := d.find(name)
	if err != nil {
		return err
	}
	cfg := stream.AttachConfig{
		UseStdin: request.UseStdin, UseStdout: request.UseStdout, UseStderr: request.UseStderr,
		TTY: c.Config.Tty, CloseStdin: c.Config.StdinOnce, DetachKeys: keys,
	}
	c.StreamConfig.AttachStreams(&cfg)
	client, left := context.WithCancel(context.Background())
	defer left()
	context.AfterFunc(client, func() { closeAll(cfg.CStdout, cfg.CStderr) }) // what copies to the client ends then

	multiplexed := !c.Config.Tty && request.MuxStreams
	in, out, errs, err := request.GetStreams(multiplexed, left)
	if err != nil {
		return err
	}
	defer in.Close()
	if multiplexed {
		out, errs = stdcopy.NewStdWriter(out, stdcopy.Stdout), stdcopy.NewStdWriter(errs, stdcopy.Stderr)
	}
	setStreams(&cfg, in, out, errs)
	if request.Logs {
		if err := d.replay(c, &cfg); err != nil {
			fmt.Fprintln(out, "Error attaching:", err)
			return nil
		}
	}
	d.attach(c, &cfg, request.Stream)
	return nil
}

// ContainerAttachRaw is for the builder: it says when it has attached.
func (d *daemon) ContainerAttachRaw(id string, stdin io.ReadCloser, stdout, stderr io.Writer, follow bool, attached chan struct{}) error {
	c, err := d.find(id)
	if err != nil {
		return err
	}
	cfg := stream.AttachConfig{UseStdin: stdin != nil, UseStdout: stdout != nil, UseStderr: stderr != nil, TTY: c.Config.Tty, CloseStdin: c.Config.StdinOnce}
	c.StreamConfig.AttachStreams(&cfg)
	close(attached)
	setStreams(&cfg, stdin, stdout, stderr)
	d.attach(c, &cfg, follow)
	return nil
}

func detachKeys(text string) ([]byte, error) {
	if text == "" {
		return nil, nil
	}
	keys, err := term.ToBytes(text)
	if err != nil {
		return nil, errdefs.InvalidParameter(asDocker("Invalid detach keys (%s) provided", text))
	}
	return keys, nil
}

func closeAll(closers ...io.Closer) {
	for _, c := range closers {
		if c != nil {
			_ = c.Close()
		}
	}
}

// setStreams gives the streams that are used; one that is not must be nil.
func setStreams(cfg *stream.AttachConfig, in io.ReadCloser, out, errs io.Writer) {
	if cfg.UseStdin {
		cfg.Stdin = in
	}
	if cfg.UseStdout {
		cfg.Stdout = out
	}
	if cfg.UseStderr {
		cfg.Stderr = errs
	}
}

// replay writes what a container has said so far.
func (d *daemon) replay(c *container.Container, cfg *stream.AttachConfig) error {
	logs, done, err := openLogs(c)
	if err != nil {
		return err
	}
	defer done()
	watcher := logs.ReadLogs(context.Background(), logger.ReadConfig{Tail: -1})
	defer watcher.ConsumerGone()
	for {
		select {
		case err := <-watcher.Err:
			return err
		case m, ok := <-watcher.Msg:
			if !ok {
				return nil
			}
			w := cfg.Stdout
			if m.Source == "stderr" {
				w = cfg.Stderr
			}
			if w != nil {
				if _, err := w.Write(m.Line); err != nil {
					return err
				}
			}
		}
	}
}

func (d *daemon) attach(c *container.Container, cfg *stream.AttachConfig, follow bool) {
	d.tell(c, events.ActionAttach)
	if !follow {
		return
	}
	cfg.Stdin = inputOf(c, cfg.Stdin)
	if c.Config.StdinOnce && !c.Config.Tty {
		ended := c.Wait(context.Background(), containertypes.WaitConditionNotRunning)
		defer func() { <-ended }()
	}
	err := <-c.StreamConfig.CopyStreams(c.AttachContext(), cfg)
	if errors.Is(err, context.Canceled) || errors.As(err, new(term.EscapeError)) {
		d.tell(c, events.ActionDetach)
	}
}

// inputOf is what a container reads of a client: nothing where its standard input is closed. The client is read ahead, so that its
// leaving is seen while the container does not read.
func inputOf(c *container.Container, client io.ReadCloser) io.ReadCloser {
	if client == nil || !c.Config.OpenStdin {
		return nil
	}
	return readAhead(client)
}

func readAhead(client io.Reader) io.ReadCloser {
	r, w := io.Pipe()
	go func() {
		_, err := io.Copy(w, client)
		_ = w.CloseWithError(err)
	}()
	return r
}
