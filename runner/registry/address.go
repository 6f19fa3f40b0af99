package registry

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"

	"capas/internal/message"
)

// Local says whether an address, as it stands before the first slash of an image's name, is one that capas may serve:
// a port of this machine that other machines do not reach.
func Local(address string) bool {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0 && (host == "localhost" || net.ParseIP(host).IsLoopback())
}

// TakenError says that something else listens where capas would.
type TakenError struct {
	Address string
	Err     error
}

func (e *TakenError) Error() string { return fmt.Sprintf("listening on %s: %v", e.Address, e.Err) }

func (e *TakenError) Unwrap() error { return e.Err }

// Advice implements message.Adviser.
func (e *TakenError) Advice() message.Advice {
	_, port, _ := net.SplitHostPort(e.Address)
	data := message.Data{"Address": e.Address, "Port": port}
	return message.Advice{Reason: message.New("registry.taken", data), Remedy: message.New("registry.taken-hint", data)}
}

// listen opens every address of this machine that the name may stand for. The engine tries them in an order of its own:
// what answers on one of them must answer on all.
func listen(address string) ([]net.Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	hosts := []string{host}
	if host == "localhost" {
		hosts = []string{"127.0.0.1", "::1"}
	}
	var all []net.Listener
	for i, h := range hosts {
		l, err := net.Listen("tcp", net.JoinHostPort(h, port))
		switch {
		case err == nil:
			all = append(all, l)
		case i > 0 && !inUse(err): // a machine without IPv6
		default:
			closeAll(all)
			if inUse(err) {
				return nil, &TakenError{address, err}
			}
			return nil, fmt.Errorf("listening on %s: %w", address, err)
		}
	}
	return all, nil
}

func inUse(err error) bool {
	const wsaAddrInUse = syscall.Errno(10048)
	return errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, wsaAddrInUse)
}

func closeAll(all []net.Listener) {
	for _, l := range all {
		l.Close()
	}
}
