// Package daemon is a Docker engine inside this process, made of Docker's own packages: images, layers, pull, push, the classic
// builder and the API are theirs; containers run by package sandbox, without runc or any other program of the machine.
//
// It does not know when it is used, where it listens and by whom: package embedded does. It runs on Linux only.
//
// What a full engine has and this one has not (networks of one's own, BuildKit, swarm, plugins, health checks, restart policies,
// stats, pause, update) answers 501, with words that name it.
package daemon
