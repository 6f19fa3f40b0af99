package doctor

import (
	"os"

	"capas/internal/message"
)

func lookAtUser(env func(string) string) User {
	return User{
		Root: os.Geteuid() == 0, Sudo: env("SUDO_USER") != "" && env("SUDO_USER") != "root",
		Container: exists("/.dockerenv") || exists("/run/.containerenv"),
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// judge tells root that sudo is another environment, and what working as root means.
func (u User) judge() []Finding {
	switch {
	case !u.Root:
		return nil
	case u.Sudo:
		return []Finding{warning(OfEngine, "user", message.New("doctor.user.sudo"), typing("capas doctor"), message.New("doctor.permission.sudo"))}
	case u.Container:
		return []Finding{fine(OfEngine, "user", message.New("doctor.user.container"))}
	}
	return []Finding{warning(OfEngine, "user", message.New("doctor.user.root"), message.New("doctor.user.root-remedy", message.Data{"Command": "usermod -aG docker USUARIO"}))}
}
