//go:build linux

package daemon

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/docker/docker/container"
	"github.com/docker/docker/libnetwork/etchosts"
)

// writeNetworkFiles writes what a container sees as /etc/hosts, /etc/hostname and /etc/resolv.conf into its own folder.
func writeNetworkFiles(c *container.Container) error {
	c.HostsPath = filepath.Join(c.Root, "hosts")
	c.HostnamePath = filepath.Join(c.Root, "hostname")
	c.ResolvConfPath = filepath.Join(c.Root, "resolv.conf")
	hosts, err := hostsOf(c)
	if err != nil {
		return err
	}
	resolv, err := resolvConf(c)
	if err != nil {
		return err
	}
	return errors.Join(
		etchosts.Build(c.HostsPath, hosts),
		os.WriteFile(c.HostnamePath, []byte(c.Config.Hostname+"\n"), 0o644),
		os.WriteFile(c.ResolvConfPath, []byte(resolv), 0o644),
	)
}

// hostsOf are the names that a container knows beside those of every machine: its own, where it has a network of its own, and those of
// --add-host.
func hostsOf(c *container.Container) ([]etchosts.Record, error) {
	var records []etchosts.Record
	for _, extra := range c.HostConfig.ExtraHosts {
		name, address, _ := strings.Cut(extra, ":")
		ip, err := netip.ParseAddr(address)
		if err != nil {
			return nil, fmt.Errorf("--add-host %s: %w", extra, err)
		}
		records = append(records, etchosts.Record{Hosts: name, IP: ip})
	}
	if mode := c.HostConfig.NetworkMode; !mode.IsHost() && !mode.IsNone() {
		records = append(records, etchosts.Record{Hosts: c.Config.Hostname, IP: netip.AddrFrom4([4]byte{127, 0, 0, 1})})
	}
	return records, nil
}

// resolvConf names the servers that a container asks for names: those of --dns, else this machine's.
func resolvConf(c *container.Container) (string, error) {
	h := c.HostConfig
	if len(h.DNS)+len(h.DNSSearch)+len(h.DNSOptions) == 0 {
		text, err := os.ReadFile("/etc/resolv.conf")
		if errors.Is(err, os.ErrNotExist) {
			err = nil
		}
		return string(text), err
	}
	var text strings.Builder
	for _, server := range h.DNS {
		fmt.Fprintf(&text, "nameserver %s\n", server)
	}
	if len(h.DNSSearch) > 0 {
		fmt.Fprintf(&text, "search %s\n", strings.Join(h.DNSSearch, " "))
	}
	if len(h.DNSOptions) > 0 {
		fmt.Fprintf(&text, "options %s\n", strings.Join(h.DNSOptions, " "))
	}
	return text.String(), nil
}
