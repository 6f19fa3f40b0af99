package box_test

import (
	"os"
	"strings"
	"testing"

	"capas/internal/enginetest"
	"capas/internal/tmuxtest"
)

// shellOnAScreen is "docker run -it" of the base, as a learner sees it. How it was left is asked of the container: with some engines
// "docker run" itself says 0 whatever happened.
func shellOnAScreen(t *testing.T, columns, rows int) *tmuxtest.Screen {
	t.Helper()
	base := enginetest.Base(t)
	label := enginetest.Label + "=" + enginetest.Labels(t)[enginetest.Label]
	env := []string{"TERM=xterm", "LC_ALL=C.UTF-8", "HOME=" + t.TempDir(), "DOCKER_HOST=" + os.Getenv("DOCKER_HOST")}
	name := enginetest.Name(t, "screen")
	left := "; echo left with $(docker inspect --format '{{.State.ExitCode}}' " + name + "); exec cat"
	s := tmuxtest.Open(t, columns, rows, env, "docker run -it --name "+name+" --label "+label+" "+base+left)
	s.Prompt("/ #")
	return s
}

// shows waits until these are the last lines of the screen.
func shows(t *testing.T, s *tmuxtest.Screen, lines ...string) {
	t.Helper()
	want := strings.Join(lines, "\n")
	s.Eventually("waiting for\n"+want, func(seen string) bool {
		var all []string
		for line := range strings.Lines(strings.TrimRight(seen, "\n ")) {
			all = append(all, strings.TrimRight(line, "\n "))
		}
		return strings.HasSuffix("\n"+strings.Join(all, "\n"), "\n"+want)
	})
}

func TestALineThatWraps(t *testing.T) {
	s := shellOnAScreen(t, 40, 20)
	s.Keys("-l", "echo uno dos tres cuatro cinco seis siete ocho nueve")
	shows(t, s, "/ # echo uno dos tres cuatro cinco seis", "siete ocho nueve")
	s.Keys("C-a", "C-e", "C-w")
	s.Keys("-l", "ñandú")
	s.Keys("C-a", "Right", "Right", "Right", "Right", "Right")
	s.Keys("-l", "cero ")
	shows(t, s, "/ # echo cero uno dos tres cuatro cinco", "seis siete ocho ñandú")
	s.Resize(60, 20)
	s.Keys("-l", "y ")
	shows(t, s, "/ # echo cero y uno dos tres cuatro cinco seis siete ocho ña", "ndú")
	s.Keys("Enter")
	shows(t, s, "cero y uno dos tres cuatro cinco seis siete ocho ñandú", "/ #")
	s.Keys("Up", "C-l")
	s.Eventually("waiting for a screen with that line alone", func(seen string) bool { return strings.HasPrefix(seen, "/ # echo cero y") })
	s.Keys("C-c")
	shows(t, s, "ndú^C", "/ #")
	s.Keys("-l", "exit 3")
	s.Keys("Enter")
	s.Until("left with 3")
}

func TestALearnersConversation(t *testing.T) {
	s := shellOnAScreen(t, 80, 40)
	for _, tc := range []struct{ typed, shown string }{
		{"ls /nope", "ls: cannot access '/nope': No such file or directory"},
		{"echo $?", "2"},
		{"nano", "sh: nano: not found"},
		{"/etc/passwd", "sh: /etc/passwd: Permission denied"},
		{"cat /etc/os-release | less", "sh: less: not found"},
		{"cd /tmp && echo hola > a && cat a* && cd /", "hola"},
		{"for i in 1 2\ndo echo n$i\ndone", "n2"},
		{"trap 'echo adiós' EXIT; x=$(whoami) && echo soy $x", "soy root"},
	} {
		s.Type(tc.typed)
		shows(t, s, tc.shown, "/ #")
	}
	s.Keys("-l", "sleep 100")
	s.Keys("Enter")
	s.Settled()
	s.Keys("C-c")
	shows(t, s, "^C", "/ #")
	s.Type("echo fue $?")
	shows(t, s, "fue 130", "/ #")
	s.Keys("C-d")
	shows(t, s, "adiós", "left with 0")
}
