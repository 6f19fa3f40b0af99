//go:build linux

package daemon

import (
	"errors"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	containertypes "github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/errdefs"
)

// ContainerTop lists a container's processes with the machine's ps, as Docker's engine does.
func (d *daemon) ContainerTop(name, arguments string) (*containertypes.TopResponse, error) {
	c, err := d.findRunning(name)
	if err != nil {
		return nil, err
	}
	process := d.processes.get(c.ID)
	if process == nil {
		return nil, notRunning(c.ID)
	}
	pids, err := process.Processes()
	if err != nil {
		return nil, errdefs.System(err)
	}
	if arguments == "" {
		arguments = "-ef"
	}
	out, err := ps(strings.Fields(arguments))
	if err != nil {
		return nil, err
	}
	table, err := rowsOf(string(out), pids)
	if err != nil {
		return nil, errdefs.System(err)
	}
	d.tell(c, events.ActionTop)
	return table, nil
}

// ps is what the machine's ps prints; what it minds is in the first line of its complaint.
func ps(arguments []string) ([]byte, error) {
	out, err := exec.Command("ps", arguments...).Output()
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		if complaint, _, _ := strings.Cut(string(ended.Stderr), "\n"); complaint != "" {
			return nil, errdefs.InvalidParameter(asDocker("ps: %s", complaint))
		}
	}
	if err != nil {
		return nil, errdefs.System(asDocker("Error running ps: %w", err))
	}
	return out, nil
}

// rowsOf are the rows of a table of ps that have one of the process ids.
func rowsOf(out string, pids []int) (*containertypes.TopResponse, error) {
	lines := strings.Split(strings.TrimSpace(out), "\n")
	table := &containertypes.TopResponse{Titles: strings.Fields(lines[0])}
	column := slices.Index(table.Titles, "PID")
	if column < 0 {
		return nil, asDocker("Couldn't find PID field in ps output")
	}
	for _, line := range lines[1:] {
		fields := strings.Fields(line)
		if len(fields) < len(table.Titles) {
			continue
		}
		last := len(table.Titles) - 1 // the command has blanks of its own
		row := append(slices.Clone(fields[:last]), strings.Join(fields[last:], " "))
		if pid, err := strconv.Atoi(row[column]); err == nil && slices.Contains(pids, pid) {
			table.Processes = append(table.Processes, row)
		}
	}
	return table, nil
}
