//go:build linux

package daemon

import (
	"sync"

	"github.com/containerd/containerd/v2/pkg/cio"

	"capas/runner/engine/embedded/sandbox"
)

// processes are the running containers' first processes, by the container's id.
type processes struct {
	mu   sync.Mutex
	byID map[string]*sandbox.Process
}

func (p *processes) set(id string, process *sandbox.Process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.byID == nil {
		p.byID = map[string]*sandbox.Process{}
	}
	p.byID[id] = process
}

func (p *processes) get(id string) *sandbox.Process {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.byID[id]
}

func (p *processes) remove(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.byID, id)
}

func (p *processes) len() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.byID)
}

// pipes are a process's streams, as Docker's stream package takes them.
func pipes(p *sandbox.Process) *cio.DirectIO {
	all := &cio.DirectIO{}
	all.Stdin, all.Stdout, all.Stderr = p.Stdin, p.Stdout, p.Stderr
	return all
}
