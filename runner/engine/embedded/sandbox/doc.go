// Package sandbox runs programs in a root file system, a process tree and a network of their own: what runc is to Docker, without
// any program of the machine. It works on Linux alone; elsewhere the package is empty.
//
// It knows no Docker API and no images: who calls it mounts the root file system, resolves names of users and keeps logs.
//
//	sandbox.Init() // the first line of main and of TestMain
//	p, err := sandbox.Start(sandbox.Spec{Root: "/mounted", Command: sandbox.Command{Args: []string{"ls", "/"}, Env: env}})
//	io.Copy(os.Stdout, p.Stdout); status := p.Wait()
//
// # How it works
//
// Start runs this very program again, in new namespaces; there Init finds from the name that it was started by that it has to
// become the first process of a container: it mounts, pivots, drops what the program shall not have, and executes it.
// Nothing is mounted outside the container's own mount namespace, so nothing is left when its first process ends,
// and the kernel ends that one with the thread that started it, however this program ends.
//
// A container has no user namespace of its own: a program written in Go has threads before it can enter one, so Exec could not,
// and shifted identities would not be those of the layers. Instead an ordinary user's engine lives in a user namespace as a whole:
// see StartRootless. As root, what a container's root may do is bounded by capabilities, by Docker's own list of system calls,
// by mounts without devices and by masked paths.
package sandbox
