//go:build linux

//lint:file-ignore SA1019 Docker's own routers want what the API's types call deprecated

package daemon

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/docker/docker/api"
	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/backend"
	containertypes "github.com/docker/docker/api/types/container"
	eventtypes "github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"
	imagetypes "github.com/docker/docker/api/types/image"
	networktypes "github.com/docker/docker/api/types/network"
	registrytypes "github.com/docker/docker/api/types/registry"
	"github.com/docker/docker/api/types/swarm"
	systemtypes "github.com/docker/docker/api/types/system"
	volumetypes "github.com/docker/docker/api/types/volume"
	"github.com/docker/docker/daemon/events"
	"github.com/docker/docker/daemon/logger"
	"github.com/docker/docker/dockerversion"
	"github.com/docker/docker/pkg/meminfo"
	"github.com/docker/docker/pkg/parsers/kernel"
	"github.com/docker/docker/pkg/parsers/operatingsystem"
	"github.com/docker/docker/pkg/sysinfo"
	"github.com/docker/docker/registry"
	"github.com/moby/sys/user"
	"github.com/moby/sys/userns"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"capas/checks"
)

// sysInfo is what the kernel can limit; it does not change.
var sysInfo = sync.OnceValue(func() *sysinfo.SysInfo { return sysinfo.New() })

// SystemInfo answers `docker info`.
func (d *daemon) SystemInfo(ctx context.Context) (*systemtypes.Info, error) {
	host, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	running := d.processes.len()
	info := &systemtypes.Info{
		ID: d.id, Name: host, ServerVersion: dockerversion.Version,
		Images: d.images.CountImages(ctx), Containers: d.containers.Size(), ContainersRunning: running, ContainersStopped: d.containers.Size() - running,
		Driver: d.images.StorageDriver(), DriverStatus: d.images.LayerStoreStatus(), DockerRootDir: d.folder,
		Plugins:       systemtypes.PluginsInfo{Volume: d.volumes.GetDriverList(), Network: []string{networktypes.NetworkBridge, networktypes.NetworkHost, "null"}, Log: logger.ListDrivers()},
		LoggingDriver: logDriver, CgroupDriver: "none", CgroupVersion: cgroupVersion(), DefaultRuntime: runtimeName, Runtimes: map[string]systemtypes.RuntimeWithStatus{},
		NGoroutines: runtime.NumGoroutine(), NEventsListener: d.events.SubscribersCount(), SystemTime: time.Now().Format(time.RFC3339Nano),
		KernelVersion: kernelVersion(), OperatingSystem: operatingSystem(), OSType: runtime.GOOS, Architecture: machine(), NCPU: runtime.NumCPU(),
		SecurityOptions:    []string{"name=seccomp,profile=builtin"},
		IndexServerAddress: registry.IndexServer, RegistryConfig: d.registries.ServiceConfig(),
		Swarm: swarm.Info{LocalNodeState: swarm.LocalNodeStateInactive}, Labels: []string{"capas.engine=embedded"}, Warnings: []string{},
	}
	if memory, err := meminfo.Read(); err == nil {
		info.MemTotal = memory.MemTotal
	}
	if userns.RunningInUserNS() {
		info.SecurityOptions = append(info.SecurityOptions, "name=rootless")
	}
	if oneUser() {
		info.Labels = append(info.Labels, checks.OneUserLabel)
	}
	return info, nil
}

// oneUser reports whether this user namespace has one user, as that of who has no subordinate ones.
var oneUser = sync.OnceValue(func() bool {
	ids, err := user.CurrentProcessUIDMap()
	return err == nil && len(ids) == 1 && ids[0].Count == 1
})

// cgroupVersion is the machine's: what containers may take is bounded by it where this user may.
func cgroupVersion() string {
	if sysInfo().CgroupUnified {
		return "2"
	}
	return "1"
}

func kernelVersion() string {
	v, err := kernel.GetKernelVersion()
	if err != nil {
		return ""
	}
	return v.String()
}

func operatingSystem() string {
	name, err := operatingsystem.GetOperatingSystem()
	if err != nil {
		return ""
	}
	return name
}

func machine() string {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return runtime.GOARCH
	}
	return unix.ByteSliceToString(name.Machine[:])
}

// SystemVersion answers `docker version`.
func (d *daemon) SystemVersion(context.Context) (types.Version, error) {
	v := types.Version{
		Version: dockerversion.Version, APIVersion: api.DefaultVersion, MinAPIVersion: api.MinSupportedAPIVersion,
		GoVersion: runtime.Version(), Os: runtime.GOOS, Arch: runtime.GOARCH, KernelVersion: kernelVersion(),
	}
	v.Platform.Name = "capas"
	v.Components = []types.ComponentVersion{{
		Name: "Engine", Version: v.Version,
		Details: map[string]string{
			"ApiVersion": v.APIVersion, "MinAPIVersion": v.MinAPIVersion, "GoVersion": v.GoVersion, "Os": v.Os, "Arch": v.Arch,
			"KernelVersion": v.KernelVersion, "Experimental": strconv.FormatBool(v.Experimental),
		},
	}}
	return v, nil
}

// SystemDiskUsage answers `docker system df`.
func (d *daemon) SystemDiskUsage(ctx context.Context, what backend.DiskUsageOptions) (*backend.DiskUsage, error) {
	usage := &backend.DiskUsage{}
	group, ctx := errgroup.WithContext(ctx)
	if what.Containers {
		group.Go(func() (err error) { usage.Containers, err = d.containerUsage(ctx); return err })
	}
	if what.Images {
		group.Go(func() (err error) { usage.Images, err = d.imageUsage(ctx); return err })
	}
	if what.Volumes {
		group.Go(func() (err error) { usage.Volumes, err = d.volumeUsage(ctx); return err })
	}
	return usage, group.Wait()
}

func (d *daemon) containerUsage(ctx context.Context) (*containertypes.DiskUsage, error) {
	all, err := d.Containers(ctx, &containertypes.ListOptions{Size: true, All: true})
	if err != nil {
		return nil, fmt.Errorf("listing the containers: %w", err)
	}
	usage := &containertypes.DiskUsage{Items: all}
	for _, c := range all {
		usage.TotalSize += c.SizeRw
		if c.State != containertypes.StateRunning {
			usage.Reclaimable += c.SizeRw
		}
	}
	return usage, nil
}

func (d *daemon) imageUsage(ctx context.Context) (*imagetypes.DiskUsage, error) {
	all, err := d.images.Images(ctx, imagetypes.ListOptions{Filters: filters.NewArgs(), SharedSize: true})
	if err != nil {
		return nil, fmt.Errorf("listing the images: %w", err)
	}
	total, err := d.images.ImageDiskUsage(ctx)
	if err != nil {
		return nil, err
	}
	usage := &imagetypes.DiskUsage{Items: all, TotalSize: total, Reclaimable: total}
	for _, i := range all {
		if i.Containers != 0 && i.Size >= 0 && i.SharedSize >= 0 { // what a container uses is not to be had
			usage.Reclaimable -= i.Size - i.SharedSize
		}
	}
	return usage, nil
}

func (d *daemon) volumeUsage(ctx context.Context) (*volumetypes.DiskUsage, error) {
	all, err := d.volumes.LocalVolumesSize(ctx)
	if err != nil {
		return nil, fmt.Errorf("measuring the volumes: %w", err)
	}
	usage := &volumetypes.DiskUsage{Items: all}
	for _, v := range all {
		if v.UsageData.Size < 0 {
			continue
		}
		usage.TotalSize += v.UsageData.Size
		if v.UsageData.RefCount == 0 {
			usage.Reclaimable += v.UsageData.Size
		}
	}
	return usage, nil
}

// SubscribeToEvents gives the events of a time that is over, and a channel with those to come.
func (d *daemon) SubscribeToEvents(since, until time.Time, args filters.Args) ([]eventtypes.Message, chan interface{}) {
	return d.events.SubscribeTopic(since, until, events.NewFilter(args))
}

func (d *daemon) UnsubscribeFromEvents(listener chan interface{}) { d.events.Evict(listener) }

// AuthenticateToRegistry tries a login.
func (d *daemon) AuthenticateToRegistry(ctx context.Context, auth *registrytypes.AuthConfig) (string, string, error) {
	return d.registries.Auth(ctx, auth, dockerversion.DockerUserAgent(ctx))
}
