//go:build linux

package daemon

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/docker/docker/api/types/backend"
	containertypes "github.com/docker/docker/api/types/container"
	timetypes "github.com/docker/docker/api/types/time"
	"github.com/docker/docker/container"
	"github.com/docker/docker/daemon/logger"
	_ "github.com/docker/docker/daemon/logger/jsonfilelog" // registers itself
	"github.com/docker/docker/errdefs"
)

// ContainerLogs reads what a container has said, and follows it where that is wanted.
func (d *daemon) ContainerLogs(ctx context.Context, name string, options *containertypes.LogsOptions) (<-chan *backend.LogMessage, bool, error) {
	if !options.ShowStdout && !options.ShowStderr {
		return nil, false, errdefs.InvalidParameter(asDocker("You must choose at least one stream"))
	}
	c, err := d.find(name)
	if err != nil {
		return nil, false, err
	}
	if c.IsRemovalInProgress() || c.IsDead() {
		return nil, false, errdefs.Conflict(errors.New("can not get logs from container which is dead or marked for removal"))
	}
	what, err := readConfig(options)
	if err != nil {
		return nil, false, err
	}
	logs, done, err := openLogs(c)
	if err != nil {
		return nil, false, err
	}
	what.Follow = what.Follow && c.IsRunning()
	messages := make(chan *backend.LogMessage, 1)
	go func() {
		defer done()
		defer close(messages)
		pump(ctx, logs.ReadLogs(ctx, what), messages)
	}()
	return messages, c.Config.Tty, nil
}

func readConfig(options *containertypes.LogsOptions) (logger.ReadConfig, error) {
	what := logger.ReadConfig{Tail: -1, Follow: options.Follow}
	if n, err := strconv.Atoi(options.Tail); err == nil {
		what.Tail = n
	}
	var err error
	if what.Since, err = moment(options.Since); err != nil {
		return what, err
	}
	what.Until, err = moment(options.Until)
	return what, err
}

func moment(text string) (time.Time, error) {
	if text == "" || text == "0" {
		return time.Time{}, nil
	}
	seconds, nanoseconds, err := timetypes.ParseTimestamps(text, 0)
	if err != nil {
		return time.Time{}, errdefs.InvalidParameter(err)
	}
	return time.Unix(seconds, nanoseconds), nil
}

// openLogs is what a container's logs are read from. A running one writes to it; that of another is to be closed when done.
func openLogs(c *container.Container) (logger.LogReader, func(), error) {
	c.Lock()
	defer c.Unlock()
	log, done := c.LogDriver, func() {}
	if log == nil {
		if c.HostConfig.LogConfig.Type == "none" {
			return nil, nil, logger.ErrReadLogsNotSupported{}
		}
		var err error
		if log, err = c.StartLogger(); err != nil {
			return nil, nil, err
		}
		opened := log
		done = func() { _ = opened.Close() }
	}
	reader, ok := log.(logger.LogReader)
	if !ok {
		done()
		return nil, nil, logger.ErrReadLogsNotSupported{}
	}
	return reader, done, nil
}

func pump(ctx context.Context, from *logger.LogWatcher, to chan<- *backend.LogMessage) {
	defer from.ConsumerGone()
	for {
		var message *backend.LogMessage
		select {
		case <-ctx.Done():
			return
		case err := <-from.Err:
			message = &backend.LogMessage{Err: err}
		case m, ok := <-from.Msg:
			if !ok {
				return
			}
			message = m.AsLogMessage()
		}
		select {
		case <-ctx.Done():
			return
		case to <- message:
		}
	}
}
