//go:build unix

package shell_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"capas/internal/tmuxtest"
	"capas/runner/shell"
)

// The test's own program is a keeper, and its lesson, where these words are its first argument.
const (
	keeperRole = "keeper"
	lessonRole = "lesson"
)

func TestMain(m *testing.M) {
	if len(os.Args) < 3 {
		os.Exit(m.Run())
	}
	switch os.Args[1] {
	case keeperRole:
		os.Exit(keep(os.Args[2:]))
	case lessonRole:
		os.Exit(lesson(os.Args[2], os.Args[len(os.Args)-1]))
	}
	os.Exit(m.Run())
}

func keep(args []string) int {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	cmd := exec.Command(self, append([]string{lessonRole}, args...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	code, err := shell.Keep(cmd, os.Stdin)
	if err != nil {
		fmt.Println(err)
		return 99
	}
	return code
}

// lesson says everything that it hears from a shell. At the word «ask» it reads a line from the terminal, at «leave» it ends.
func lesson(path, dir string) int {
	ctx := context.Background()
	s, err := shell.Kept(dir, os.Stdin)
	if err != nil {
		fmt.Println(err)
		return 98
	}
	found, err := shell.Find(ctx, path)
	if err != nil {
		fmt.Println(err)
		return 97
	}
	fmt.Println("lesson", os.Getpid())
	err = s.Start(shell.Options{
		Shell: found, Dir: os.Getenv("HOME"), Set: map[string]string{"DOCKER_HOST": "unix:///practice"}, Unset: []string{"DOCKER_CONTEXT"},
		Words: []string{"hint", "ask", "leave", "cd"}, Gone: "capas is gone, it's over",
	})
	for n := 1; err == nil; n++ {
		var e shell.Event
		if e, err = s.Next(ctx, "step "+strconv.Itoa(n)); err != nil {
			break
		}
		switch {
		case e.Ended:
			fmt.Println("ended")
			return 5
		case e.Word == "leave":
			s.Close()
			return 6
		case e.Word == "ask":
			err = s.Foreground(func() error {
				fmt.Print("who? ")
				who, err := bufio.NewReader(os.Stdin).ReadString('\n')
				fmt.Println("hello", strings.TrimSpace(who))
				return err
			})
		case e.Word != "":
			fmt.Println("word", e.Word)
		case e.Typed.Began.IsZero():
			fmt.Println("nothing")
		default:
			fmt.Printf("typed %q %d in %s\n", e.Typed.Line, e.Typed.Status, filepath.Base(e.Typed.Dir))
		}
	}
	fmt.Println(err)
	return 96
}

// learner is one with a home of their own, in a terminal with a keeper that a shell of theirs started.
type learner struct {
	*tmuxtest.Screen
	t    *testing.T
	home string
}

func newLearner(t *testing.T, name string, files map[string]string) *learner {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is missing", name)
		}
		t.Skipf("%s is missing", name)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	home := newHome(t)
	files["outer"] = "PS1='outer> '\n"
	files[".local/share/fish/generated_completions/none"] = "" // else fish reads all manual pages in the background
	if files[".zshrc"] == "" {
		files[".zshrc"] = "PROMPT='own> '\n" // else zsh asks newcomers what to do
	}
	for file, text := range files {
		write(t, filepath.Join(home, file), text)
	}
	env := []string{"HOME=" + home, "TERM=xterm-256color", "LC_ALL=C.UTF-8", "DOCKER_CONTEXT=theirs", "DOCKER_HOST=tcp://theirs"}
	l := &learner{tmuxtest.Open(t, 80, 24, env, "cd; exec bash --rcfile outer -i"), t, home}
	l.Until("outer>")
	l.Type(fmt.Sprintf("%s %s %s", self, keeperRole, path))
	l.Until("nothing")
	l.Until("(step 2)")
	return l
}

// newHome is a folder that goes once the shell that is ended with the terminal writes no history into it any more.
func newHome(t *testing.T) string {
	t.Helper()
	home, err := os.MkdirTemp("", "capas-home-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for late := time.Now().Add(tmuxtest.Patience); os.RemoveAll(home) != nil; {
			if time.Now().After(late) {
				t.Errorf("%s cannot be removed", home)
				return
			}
		}
	})
	return home
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
		t.Fatal(err)
	}
}

// lesson is the process of the lesson.
func (l *learner) lesson() int {
	l.t.Helper()
	_, rest, _ := strings.Cut(l.All(), "lesson ")
	pid, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		l.t.Fatal(err)
	}
	return pid
}

func forEachShell(t *testing.T, test func(t *testing.T, name string)) {
	for _, name := range shell.Names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, name)
		})
	}
}

func TestWhatIsTypedIsTold(t *testing.T) {
	forEachShell(t, func(t *testing.T, name string) {
		l := newLearner(t, name, map[string]string{})
		l.Type("mkdir here; cd here")
		l.Until("(step 3)")
		l.Type("false")
		l.Until(`typed "false" 1 in here`)
		l.Type("echo 'a  b' | cat")
		l.Until(`typed "echo 'a b' | cat" 0`)
		l.Until("(step 5)")
		l.Type("hint")
		l.Until("word hint")
		l.Keys("Enter")
		l.Eventually("an empty line", func(seen string) bool { return strings.Count(seen, "nothing") >= 2 })
		l.Type("capas-cd") // cd is a command of every shell
		l.Until("word cd")
		l.Type(`echo "$DOCKER_HOST-$DOCKER_CONTEXT."`)
		l.Until("unix:///practice-.")
		l.Type("env | grep -c CAPAS")
		l.Until(`CAPAS" 1`)
		l.Type("ask")
		l.Until("who?")
		l.Type("Ana")
		l.Until("hello Ana")
		l.Type("exit")
		l.Until("ended")
		l.Type("echo code $?")
		l.Until("code 5")
	})
}

func TestALessonThatLeavesEndsItsShell(t *testing.T) {
	forEachShell(t, func(t *testing.T, name string) {
		l := newLearner(t, name, map[string]string{})
		l.Type("leave")
		l.Prompt("outer>")
		l.Type("echo code $?")
		l.Until("code 6")
	})
}

// TestTheShellOutlivesItsLesson: a lesson that dies leaves a shell that is the learner's own again.
func TestTheShellOutlivesItsLesson(t *testing.T) {
	forEachShell(t, func(t *testing.T, name string) {
		l := newLearner(t, name, map[string]string{})
		l.Type("mine=1")
		l.Until("(step 3)")
		if name == "fish" {
			l.Type("set mine 1")
			l.Until("(step 4)")
		}
		if err := syscall.Kill(l.lesson(), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		l.Type("echo it is $mine")
		l.Until("it is 1")
		l.Until("capas is gone, it's over")
		l.Type(`echo "$DOCKER_HOST-$DOCKER_CONTEXT."`)
		seen := l.Until("tcp://theirs-theirs.")
		if n := strings.Count(seen, "capas is gone"); n != 1 {
			t.Errorf("it was said %d times that capas is gone", n)
		}
		l.Type("hint || echo no hint")
		seen = l.Until("no hint")
		if _, last, _ := strings.Cut(seen, "theirs-theirs."); strings.Contains(last, "(step") {
			t.Errorf("the prompt still has a mark:\n%s", seen)
		}
		l.Type("exit")
		l.Prompt("outer>")
		l.Type("echo code $?")
		l.Until("code 137")
	})
}

func TestJobsAreTheShellsOwn(t *testing.T) {
	forEachShell(t, func(t *testing.T, name string) {
		l := newLearner(t, name, map[string]string{})
		l.Type("sleep 1000")
		l.Settled()
		l.Keys("C-z")
		l.Until(`typed "sleep 1000"`)
		l.Type("jobs")
		l.Until(`typed "jobs" 0`)
		l.Type("fg")
		l.Settled()
		l.Keys("C-c")
		l.Until(`typed "fg"`)
		l.Type("cat")
		l.Settled()
		l.Type("echoed by cat")
		l.Eventually("cat's answer", func(seen string) bool { return strings.Count(seen, "echoed by cat") == 2 })
		l.Keys("C-d")
		l.Until(`typed "cat" 0`)
		l.Resize(60, 20)
		l.Type("stty size")
		l.Until("20 60")
		l.Settled()
		l.Keys("C-c")
		l.Settled()
		l.Keys("C-d")
		l.Until("ended")
		l.Prompt("outer>")
	})
}

// TestTheLearnersOwnFilesHold: prompt, hooks and settings of the learner's shell work, and nothing of it is changed on the disk.
func TestTheLearnersOwnFilesHold(t *testing.T) {
	files := map[string]map[string]string{
		"bash": {
			".bashrc": "PS1='own> '\nPS0='starts\\n'\nHISTCONTROL=ignoreboth\nset -u\nmine() { echo mine $?; PS1='own> '; }\nPROMPT_COMMAND='mine;'\nalias hint='echo my hint'\n",
		},
		"zsh": {
			".zshenv":     "export ZDOTDIR=$HOME/z\n",
			"z/.zshrc":    "PROMPT='own> '\nsetopt KSH_ARRAYS SH_WORD_SPLIT PROMPT_SUBST\npreexec() { echo starts; }\nprecmd() { echo mine $?; PROMPT='own> ' }\nalias hint='echo my hint'\n",
			"z/.zprofile": "",
		},
		"fish": {
			".config/fish/config.fish": "function fish_prompt; echo -n 'own> '; end\nfunction p --on-event fish_prompt; echo mine $status; end\nfunction s --on-event fish_preexec; echo starts; end\nfunction hint; echo my hint; end\n",
		},
	}
	forEachShell(t, func(t *testing.T, name string) {
		l := newLearner(t, name, files[name])
		l.Until("(step 2) own>")
		l.Type("false")
		seen := l.Until("(step 3) own>")
		for _, want := range []string{"starts", "mine 1", `typed "false" 1`} {
			if !strings.Contains(seen, want) {
				t.Errorf("%q is missing from\n%s", want, seen)
			}
		}
		l.Type("hint")
		l.Until("\nmy hint")
		l.Type("capas-hint")
		l.Until("word hint")
		l.Type("exit")
		l.Prompt("outer>")
		for file, text := range files[name] {
			now, err := os.ReadFile(filepath.Join(l.home, file))
			if err != nil || string(now) != text {
				t.Errorf("%s is %q now, %v", file, now, err)
			}
		}
	})
}

func TestAnInnerShellHasNoHooks(t *testing.T) {
	forEachShell(t, func(t *testing.T, name string) {
		l := newLearner(t, name, map[string]string{})
		l.Type(name + " -i")
		l.Settled()
		l.Type("echo inside")
		l.Settled()
		if seen := l.Text(); strings.Contains(seen, `typed "echo inside"`) {
			t.Errorf("the shell within the practice shell tells too:\n%s", seen)
		}
		l.Type("exit")
		l.Until(fmt.Sprintf("typed %q", name+" -i"))
	})
}

// TestAClosedWindowLeavesNothing: whoever closes the window ends the lesson.
func TestAClosedWindowLeavesNothing(t *testing.T) {
	l := newLearner(t, "bash", map[string]string{})
	pid := l.lesson()
	l.Close()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(tmuxtest.Patience); !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH); {
		select {
		case <-tick.C:
		case <-late:
			t.Fatal("the lesson is still there")
		}
	}
}

func TestShellsThatCannot(t *testing.T) {
	old := filepath.Join(t.TempDir(), "bash")
	if err := os.WriteFile(old, []byte("#!/bin/sh\necho 3 2\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"":          "SHELL",
		"/bin/dash": "dash",
		"/no/zsh":   "/no/zsh",
		old:         "4.4",
	} {
		_, err := shell.Find(t.Context(), path)
		var unfit *shell.Unfit
		if !errors.As(err, &unfit) || !strings.Contains(err.Error(), want) {
			t.Errorf("Find(%q): %v, want something about %s", path, err, want)
		}
	}
}
