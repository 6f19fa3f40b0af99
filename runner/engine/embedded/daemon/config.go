//go:build linux

package daemon

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/errdefs"
	"github.com/docker/docker/image"
	"github.com/docker/docker/oci/caps"
	"github.com/docker/docker/runconfig"
	"github.com/moby/sys/signal"
)

// merge fills what a container's configuration leaves open from its image's.
func merge(c *container.Config, img *container.Config) {
	fill(&c.User, img.User)
	fill(&c.WorkingDir, img.WorkingDir)
	fill(&c.StopSignal, img.StopSignal)
	c.Env = mergeEnv(c.Env, img.Env)
	c.Labels = under(c.Labels, img.Labels)
	c.ExposedPorts = under(c.ExposedPorts, img.ExposedPorts)
	c.Volumes = under(c.Volumes, img.Volumes)
	if c.Labels == nil {
		c.Labels = map[string]string{}
	}
	if len(c.Entrypoint) == 0 { // a command of one's own is for the image's entry point, an entry point of one's own has no command
		if len(c.Cmd) == 0 {
			c.Cmd = img.Cmd
		}
		if c.Entrypoint == nil {
			c.Entrypoint = img.Entrypoint
		}
	}
	if c.Healthcheck == nil {
		c.Healthcheck = img.Healthcheck
	}
}

func fill(mine *string, theirs string) {
	if *mine == "" {
		*mine = theirs
	}
}

// under adds what only the lower map has.
func under[M ~map[K]V, K comparable, V any](upper, lower M) M {
	if len(upper) == 0 {
		return lower
	}
	all := maps.Clone(lower)
	if all == nil {
		all = M{}
	}
	maps.Copy(all, upper)
	return all
}

// mergeEnv appends the variables of an image that a container does not set itself.
func mergeEnv(mine, theirs []string) []string {
	merged := slices.Clone(mine)
	for _, variable := range theirs {
		name, _, _ := strings.Cut(variable, "=")
		if !slices.ContainsFunc(mine, func(v string) bool { n, _, _ := strings.Cut(v, "="); return n == name }) {
			merged = append(merged, variable)
		}
	}
	return merged
}

// complete makes a configuration whole, and says what is wrong with it.
func complete(c *container.Config, img *image.Image) error {
	if img != nil && img.Config != nil {
		merge(c, img.Config)
	}
	if len(c.Entrypoint) == 1 && c.Entrypoint[0] == "" { // --entrypoint "": none
		c.Entrypoint = nil
	}
	if len(c.Entrypoint) == 0 && len(c.Cmd) == 0 {
		return errdefs.InvalidParameter(errors.New("no command specified"))
	}
	return nil
}

// verify says what of a request is wrong, or not there in this engine.
func verify(c *container.Config, h *container.HostConfig) error {
	if c == nil {
		return errdefs.InvalidParameter(runconfig.ErrEmptyConfig)
	}
	if c.WorkingDir != "" {
		if !path.IsAbs(c.WorkingDir) {
			return errdefs.InvalidParameter(fmt.Errorf("the working directory '%s' is invalid, it needs to be an absolute path", c.WorkingDir))
		}
		c.WorkingDir = path.Clean(c.WorkingDir)
	}
	if c.StopSignal != "" {
		if _, err := signal.ParseSignal(c.StopSignal); err != nil {
			return errdefs.InvalidParameter(err)
		}
	}
	for _, variable := range c.Env {
		if variable == "" || variable[0] == '=' {
			return errdefs.InvalidParameter(fmt.Errorf("invalid environment variable: %s", variable))
		}
	}
	return verifyHost(h)
}

func verifyHost(h *container.HostConfig) error {
	if h.Memory != 0 && h.Memory < minMemory {
		return errdefs.InvalidParameter(asDocker("Minimum memory limit allowed is 6MB"))
	}
	if err := container.ValidateRestartPolicy(h.RestartPolicy); err != nil {
		return err
	}
	if _, err := caps.NormalizeLegacyCapabilities(h.CapAdd); err != nil {
		return asDocker("invalid CapAdd: %w", err)
	}
	if _, err := caps.NormalizeLegacyCapabilities(h.CapDrop); err != nil {
		return asDocker("invalid CapDrop: %w", err)
	}
	if h.AutoRemove && !h.RestartPolicy.IsNone() {
		return errdefs.InvalidParameter(errors.New("can't create 'AutoRemove' container with restart policy"))
	}
	for _, option := range []struct {
		asked bool
		words string
	}{
		{!h.RestartPolicy.IsNone(), "--restart"},
		{h.Privileged, "--privileged"},
		{len(h.Devices)+len(h.DeviceRequests)+len(h.DeviceCgroupRules) > 0, "--device"},
		{h.PublishAllPorts, "--publish-all"},
		{len(h.Links) > 0, "--link"},
		{len(h.VolumesFrom) > 0, "--volumes-from"},
		{h.PidMode.IsHost() || h.PidMode.IsContainer(), "--pid " + string(h.PidMode)},
		{h.IpcMode.IsHost() || h.IpcMode.IsContainer(), "--ipc " + string(h.IpcMode)},
		{h.UTSMode.IsHost(), "--uts host"},
		{h.UsernsMode.IsHost(), "--userns host"},
		{h.Runtime != "" && h.Runtime != runtimeName, "--runtime " + h.Runtime},
		{h.CgroupParent != "", "--cgroup-parent"},
		{len(h.Sysctls) > 0, "--sysctl"},
		{len(h.StorageOpt) > 0, "--storage-opt"},
		{h.Init != nil && *h.Init, "--init"},
		{h.LogConfig.Type != "" && h.LogConfig.Type != logDriver && h.LogConfig.Type != "none", "--log-driver " + h.LogConfig.Type},
	} {
		if option.asked {
			return absentHere(option.words)
		}
	}
	return nil
}

// What `docker inspect` names where a full engine has a choice.
const (
	runtimeName = "runc"
	logDriver   = "json-file"
	shmSize     = 64 << 20
	minMemory   = 6 << 20
)

// withDefaults is a host configuration as Docker's engine keeps it.
func withDefaults(h *container.HostConfig) *container.HostConfig {
	fill(&h.LogConfig.Type, logDriver)
	fill(&h.Runtime, runtimeName)
	fill((*string)(&h.NetworkMode), "default")
	fill((*string)(&h.RestartPolicy.Name), string(container.RestartPolicyDisabled))
	fill((*string)(&h.IpcMode), string(container.IPCModePrivate))
	fill((*string)(&h.CgroupnsMode), string(container.CgroupnsModePrivate))
	if h.LogConfig.Config == nil {
		h.LogConfig.Config = map[string]string{}
	}
	if h.Memory > 0 && h.MemorySwap == 0 {
		h.MemorySwap = 2 * h.Memory
	}
	if h.MemorySwappiness != nil && *h.MemorySwappiness == -1 { // the docker command's word for none
		h.MemorySwappiness = nil
	}
	if h.ShmSize == 0 {
		h.ShmSize = shmSize
	}
	if h.MaskedPaths == nil {
		h.MaskedPaths = slices.Clone(maskedPaths)
	}
	if h.ReadonlyPaths == nil {
		h.ReadonlyPaths = slices.Clone(readonlyPaths)
	}
	return h
}
