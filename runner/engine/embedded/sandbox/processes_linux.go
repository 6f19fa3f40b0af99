package sandbox

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
)

// Processes are the numbers, on this machine, of all processes of the container.
func (p *Process) Processes() ([]int, error) {
	of, err := os.Readlink(p.container.namespace("pid"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, os.ErrProcessDone
	}
	if err != nil {
		return nil, err
	}
	links, err := filepath.Glob("/proc/[0-9]*/ns/pid")
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, link := range links {
		if ns, err := os.Readlink(link); err != nil || ns != of {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(link))))
		if err != nil {
			return nil, err
		}
		pids = append(pids, pid)
	}
	return pids, nil
}

// namespace is the path of a namespace of the program.
func (p *Process) namespace(name string) string {
	return filepath.Join("/proc", strconv.Itoa(p.Pid()), "ns", name)
}
