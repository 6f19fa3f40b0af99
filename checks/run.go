package checks

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/pkg/stdcopy"
	"github.com/kballard/go-shellquote"

	"capas/internal/message"
)

// The limits of a container that a check runs.
const (
	runMemory = 256 << 20
	runPids   = 128
	maxOutput = 64 << 10 // of each stream
	maxLog    = 1 << 20  // read of the log of any container

	runOverhead = probeTimeout + answerTimeout // what a run may take beside its own time
)

// runFact is how a run went.
type runFact struct {
	exit   int
	late   bool              // it was still running at its deadline
	output map[string]string // by stream, stdout and stderr
}

// run runs the image once and removes the container.
func (f *Facts) run(ctx context.Context, img image.InspectResponse, c runCommand) (runFact, error) {
	key := strings.Join([]string{img.ID, c.Within.String(), shellquote.Join(c.Args...)}, " ")
	return f.runs.get(ctx, key, func(ctx context.Context) (runFact, error) {
		ctx, cancel := context.WithTimeout(ctx, c.Within+runOverhead)
		defer cancel()
		limits := &container.HostConfig{LogConfig: container.LogConfig{Type: "json-file", Config: map[string]string{"max-size": "8m"}}}
		pids := int64(runPids)
		limits.Memory, limits.PidsLimit = runMemory, &pids
		name, err := f.probes.create(ctx, img, &container.Config{Cmd: c.Args}, limits)
		if err != nil {
			return runFact{}, err
		}
		defer func() { _ = f.probes.remove(ctx, name) }() // what fails here is tried again by Close
		run, err := f.watch(ctx, name, c.Within)
		if err != nil {
			return run, fmt.Errorf("running image %s: %w", shortID(img.ID), err)
		}
		if strings.Contains(run.output["stderr"]+run.output["stdout"], "exec format error") {
			return run, errForeign
		}
		return run, nil
	})
}

// watch starts a container and waits for its end, no longer than it may take.
func (f *Facts) watch(ctx context.Context, name string, within time.Duration) (runFact, error) {
	err := f.engine.ContainerStart(ctx, name, container.StartOptions{})
	switch {
	case err != nil && strings.Contains(err.Error(), "exec format error"):
		return runFact{}, errForeign
	case errdefs.IsInvalidArgument(err): // no such program, or one that may not be run
		return f.ended(ctx, name, err)
	case refusedCode(err) != 0:
		return runFact{exit: refusedCode(err)}, nil
	case err != nil:
		return runFact{}, err
	}
	limited, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	done, failed := f.engine.ContainerWait(limited, name, container.WaitConditionNotRunning)
	select {
	case <-done:
	case err := <-failed:
		if limited.Err() == nil {
			return runFact{}, waitError(err)
		}
	case <-limited.Done():
	}
	if err := ctx.Err(); err != nil { // the evaluation is over, not the time of the run
		return runFact{}, err
	}
	return f.ended(ctx, name, errNonsense)
}

// refusedCode is how a shell says, and docker run with it, that a program could not be run. Podman keeps no code of such a container: it
// answers with words of its own.
func refusedCode(err error) (exit int) {
	switch {
	case err == nil:
		return 0
	case strings.Contains(err.Error(), "attempted to invoke a command that was not found"):
		return 127
	case strings.Contains(err.Error(), "OCI permission denied"):
		return 126
	}
	return 0
}

// ended asks how a container ended, or whether it is still running, and what it wrote. unstarted is the error of one that never
// was started.
func (f *Facts) ended(ctx context.Context, name string, unstarted error) (runFact, error) {
	c, err := f.engine.ContainerInspect(ctx, name)
	if err != nil {
		return runFact{}, err
	}
	if c.State.Status == "created" && c.State.ExitCode == 0 {
		return runFact{}, unstarted
	}
	run := runFact{exit: c.State.ExitCode, late: c.State.Running}
	run.output, err = readLogs(ctx, f.engine, c, maxOutput)
	return run, err
}

// readLogs reads what a container wrote, up to limit bytes of each stream. What goes to a terminal is all stdout.
func readLogs(ctx context.Context, e Engine, c container.InspectResponse, limit int) (map[string]string, error) {
	logs, err := e.ContainerLogs(ctx, c.ID, container.LogsOptions{ShowStdout: true, ShowStderr: true})
	if err != nil {
		return nil, err
	}
	defer logs.Close()
	stdout, stderr := &bounded{left: limit}, &bounded{left: limit}
	if c.Config != nil && c.Config.Tty {
		_, err = io.Copy(stdout, io.LimitReader(logs, maxLog))
	} else {
		err = demultiplex(stdout, stderr, logs)
	}
	return map[string]string{"stdout": stdout.String(), "stderr": stderr.String()}, err
}

// demultiplex takes the streams of a log apart. What does not even begin as one is nonsense.
func demultiplex(stdout, stderr io.Writer, logs io.Reader) error {
	const frame = 8 // the head of a piece of either stream
	r := bufio.NewReader(io.LimitReader(logs, maxLog))
	switch head, err := r.Peek(frame); {
	case len(head) == 0 && errors.Is(err, io.EOF):
		return nil
	case errors.Is(err, io.EOF):
		return errNonsense
	case err != nil:
		return err
	}
	_, err := stdcopy.StdCopy(stdout, stderr, r)
	if err != nil && strings.Contains(err.Error(), "nrecognized input header") {
		return fmt.Errorf("%w: %v", errNonsense, err)
	}
	return err
}

// bounded keeps the beginning of what is written to it.
type bounded struct {
	bytes.Buffer
	left int
}

func (b *bounded) Write(p []byte) (int, error) {
	n, _ := b.Buffer.Write(p[:min(len(p), b.left)])
	b.left -= n
	return len(p), nil
}

// logText is all that a container wrote, both streams, without what only steers a terminal.
func (f *Facts) logText(ctx context.Context, c container.InspectResponse) (string, error) {
	return f.logs.get(ctx, c.ID, func(ctx context.Context) (string, error) {
		output, err := readLogs(ctx, f.engine, c, maxLog)
		if err != nil {
			return "", fmt.Errorf("reading the log of container %s: %w", shortID(c.ID), err)
		}
		return message.Clean(output["stdout"] + output["stderr"]), nil
	})
}
