//go:build linux

package daemon

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/docker/docker/api/types/backend"
	containertypes "github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/container"
	"github.com/docker/docker/errdefs"
	"github.com/docker/docker/oci/caps"
	"github.com/moby/sys/user"

	"capas/runner/engine/embedded/sandbox"
)

// ContainerStart starts a container's program. It returns once the program is the one asked for.
func (d *daemon) ContainerStart(_ context.Context, name, checkpoint, _ string) error {
	if checkpoint != "" {
		return absentHere("checkpoints")
	}
	c, err := d.find(name)
	if err != nil {
		return err
	}
	return d.start(c)
}

func (d *daemon) start(c *container.Container) error {
	c.Lock()
	if c.Running {
		c.Unlock()
		return errdefs.NotModified(errors.New("container is already running"))
	}
	if c.RemovalInProgress || c.Dead || d.closing.Load() {
		c.Unlock()
		return errdefs.Conflict(errors.New("container is marked for removal and cannot be started"))
	}
	err := d.startLocked(c)
	c.Unlock()
	if err != nil && c.HostConfig.AutoRemove {
		return errors.Join(err, d.ContainerRm(c.ID, &backend.ContainerRmConfig{ForceRemove: true, RemoveVolume: true}))
	}
	return err
}

func (d *daemon) startLocked(c *container.Container) (err error) {
	if err := d.mountRoot(c); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			c.SetError(err)
			c.Reset(false)
			err = errors.Join(err, d.save(c), d.unmountRoot(c))
		}
	}()
	spec, err := d.spec(c)
	if err != nil {
		return err
	}
	process, err := sandbox.Start(spec)
	if err != nil {
		code, failure := startFailure("failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed", err)
		c.SetExitCode(code)
		return failure
	}
	if _, err := c.InitializeStdio(pipes(process)); err != nil {
		return errors.Join(errdefs.System(err), process.Signal(unixKill))
	}
	if err := d.networks.publish(c, process); err != nil {
		return errors.Join(err, process.Signal(unixKill))
	}
	d.processes.set(c.ID, process)
	c.SetRunning(nil, nil, time.Now().UTC())
	c.Pid = process.Pid()
	c.HasBeenStartedBefore, c.HasBeenManuallyStopped = true, false
	go d.awaitExit(c, process)
	d.tell(c, events.ActionStart)
	return d.save(c)
}

// spec is what the sandbox has to know of a container. Its root file system must be mounted.
func (d *daemon) spec(c *container.Container) (sandbox.Spec, error) {
	if err := c.SetupWorkingDirectory(0, 0); err != nil {
		return sandbox.Spec{}, errdefs.InvalidParameter(err)
	}
	who, err := userOf(c, c.Config.User)
	if err != nil {
		return sandbox.Spec{}, errdefs.InvalidParameter(err)
	}
	rights, err := capabilities(c.HostConfig)
	if err != nil {
		return sandbox.Spec{}, err
	}
	if err := writeNetworkFiles(c); err != nil {
		return sandbox.Spec{}, errdefs.System(err)
	}
	return sandbox.Spec{
		Command: sandbox.Command{
			Args: append([]string{c.Path}, c.Args...), Env: environment(c, c.Config.Tty, who.home, nil),
			Dir: workdir(c.Config.WorkingDir), User: who.User,
			Terminal: c.Config.Tty, Stdin: c.Config.OpenStdin, Size: sizeOf(&c.HostConfig.ConsoleSize),
			Capabilities: rights, NoNewPrivileges: noNewPrivileges(c.HostConfig),
		},
		Root: c.BaseFS, ReadOnly: c.HostConfig.ReadonlyRootfs,
		Hostname: c.Config.Hostname, Network: networkOf(c.HostConfig.NetworkMode),
		Mounts: mountsOf(c), ShmSize: c.HostConfig.ShmSize, Limits: limitsOf(c.HostConfig),
	}, nil
}

// capabilities are those that a container's programs may have: never nil, which is the sandbox's word for Docker's own choice.
func capabilities(h *containertypes.HostConfig) ([]string, error) {
	rights, err := caps.TweakCapabilities(caps.DefaultCapabilities(), h.CapAdd, h.CapDrop, false)
	if err != nil {
		return nil, errdefs.InvalidParameter(err)
	}
	return append([]string{}, rights...), nil
}

func noNewPrivileges(h *containertypes.HostConfig) bool {
	return slices.ContainsFunc(h.SecurityOpt, func(o string) bool { return strings.HasPrefix(o, "no-new-privileges") })
}

// sizeOf is a terminal's size from Docker's, which begins with the height.
func sizeOf(s *[2]uint) sandbox.Size {
	if s == nil {
		return sandbox.Size{}
	}
	return sandbox.Size{Rows: uint16(s[0]), Cols: uint16(s[1])}
}

func workdir(dir string) string {
	if dir == "" {
		return "/"
	}
	return dir
}

func limitsOf(h *containertypes.HostConfig) sandbox.Limits {
	l := sandbox.Limits{Memory: h.Memory, Processes: mostProcesses}
	if h.PidsLimit != nil && *h.PidsLimit > 0 {
		l.Processes = min(*h.PidsLimit, mostProcesses)
	}
	return l
}

// mostProcesses keeps a container from taking the machine's. Threads count as well.
const mostProcesses = 2048

// mountsOf are a container's binds, volumes, temporary file systems and the files that Docker manages in /etc.
// A mount under another comes after it.
func mountsOf(c *container.Container) []sandbox.Mount {
	var all []sandbox.Mount
	for destination, p := range c.MountPoints {
		m := sandbox.Mount{Source: p.Source, Target: destination, ReadOnly: !p.RW}
		if p.Type == mount.TypeTmpfs {
			m = sandbox.Mount{Target: destination, ReadOnly: !p.RW}
		}
		all = append(all, m)
	}
	for destination, options := range c.HostConfig.Tmpfs {
		all = append(all, sandbox.Mount{Target: destination, Options: options})
	}
	for target, source := range map[string]string{"/etc/hosts": c.HostsPath, "/etc/hostname": c.HostnamePath, "/etc/resolv.conf": c.ResolvConfPath} {
		if !c.HasMountFor(target) {
			all = append(all, sandbox.Mount{Source: source, Target: target})
		}
	}
	slices.SortFunc(all, func(a, b sandbox.Mount) int { return strings.Compare(a.Target, b.Target) })
	return all
}

// environment is a program's: Docker's own variables, then the container's, then those of an exec. HOME is the user's where none is set.
func environment(c *container.Container, tty bool, home string, more []string) []string {
	env := container.ReplaceOrAppendEnvValues(c.CreateDaemonEnvironment(tty, nil), more)
	if !slices.ContainsFunc(env, func(v string) bool { return strings.HasPrefix(v, "HOME=") }) {
		env = append(env, "HOME="+home)
	}
	return env
}

// account is who a program runs as.
type account struct {
	sandbox.User
	home string
}

// userOf looks a user up in the container's own /etc/passwd and /etc/group. Its root file system must be mounted.
func userOf(c *container.Container, name string) (account, error) {
	passwd, err := c.GetResourcePath("/etc/passwd")
	if err != nil {
		return account{}, err
	}
	group, err := c.GetResourcePath("/etc/group")
	if err != nil {
		return account{}, err
	}
	found, err := user.GetExecUserPath(name, &user.ExecUser{Home: "/"}, passwd, group)
	if err != nil {
		return account{}, err
	}
	more, err := user.GetAdditionalGroupsPath(c.HostConfig.GroupAdd, group)
	if err != nil && len(c.HostConfig.GroupAdd) > 0 {
		return account{}, err
	}
	who := account{home: found.Home, User: sandbox.User{UID: uint32(found.Uid), GID: uint32(found.Gid), Groups: []uint32{uint32(found.Gid)}}}
	for _, gid := range append(found.Sgids, more...) {
		who.Groups = append(who.Groups, uint32(gid))
	}
	return who, nil
}
