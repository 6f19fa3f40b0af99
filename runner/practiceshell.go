package runner

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"capas/checks"
	"capas/internal/message"
	"capas/lessons"
	"capas/runner/engine"
	"capas/runner/engine/observer"
	"capas/runner/prompt"
	"capas/runner/shell"
)

// Practice is the shell in which the learner works on the same terminal, and what stands between its docker and the engine.
type Practice struct {
	Session *shell.Session
	Shell   shell.Shell
	Env     map[string]string // for a capas that is run in the shell: what else was chosen for this one

	lesson    string // the one in whose workspace the shell was put
	observer  *observer.Observer
	inventory *checks.Inventory // of the engine at the last prompt
	explained string            // of a failed build, last

	mu      sync.Mutex // of what follows: requests end on goroutines of the observer
	attempt *Attempt   // the one under way; nil where there is none
	live    *live
	work    work
}

// work is what the learner's command asked of the engine.
type work struct {
	changes bool            // something that may have changed it
	build   *observer.Build // the last that failed
}

// PractiseIn makes the shell of a session the place where the learner works.
func (t *Tutor) PractiseIn(p *Practice) {
	f := foreground{t.Ask, t.Pager, p.Session}
	t.Practice, t.Ask = p, f
	if t.Pager != nil {
		t.Pager = f
	}
}

// openShell starts the shell where none runs, and takes it to the workspace of a lesson.
func (t *Tutor) openShell(ctx context.Context, l *lessons.Lesson, dir string) error {
	p := t.Practice
	if err := t.observe(ctx); err != nil {
		return err
	}
	moved := p.lesson != l.ID
	p.lesson = l.ID
	if p.Session.Running() {
		if moved {
			p.Session.Go(dir)
		}
		return nil
	}
	t.print(t.Page.Note(t.Say.Sayf("runner.practice", message.Data{"Words": strings.Join(words, ", ")})))
	set, unset := t.shellEnv()
	return p.Session.Start(shell.Options{
		Shell: p.Shell, Dir: dir, Set: set, Unset: unset, Words: words, Gone: t.Say.Sayf("runner.practice-gone", message.Data{"Command": t.Command}),
	})
}

// mark is what the prompt of the shell begins with.
func mark(l *lessons.Lesson, step int) string {
	return fmt.Sprintf("%s %d/%d", l.ID, step, len(l.Steps))
}

// observe opens the socket that the shell's docker talks to, in front of the engine.
func (t *Tutor) observe(ctx context.Context) error {
	p := t.Practice
	if p.observer != nil {
		return nil
	}
	cli, err := t.Engine.Client(ctx)
	if err != nil {
		return err
	}
	p.observer, err = observer.Listen(p.socket(), cli.Dialer(), p.note, func(error) string {
		return t.Say.Sayf("runner.practice-no-engine", message.Data{"Host": cli.DaemonHost()})
	})
	return err
}

func (p *Practice) socket() string { return filepath.Join(p.Session.Dir(), "docker.sock") }

// shellEnv is what the practice shell has in its environment in place of the learner's own: its docker talks to the observer, and a
// capas that is run in it to the engine behind that.
func (t *Tutor) shellEnv() (set map[string]string, unset []string) {
	set = t.Engine.ShellEnv(t.Practice.socket())
	maps.Copy(set, t.Practice.Env)
	if t.Docker != "" {
		set["PATH"] = t.Docker + string(filepath.ListSeparator) + t.Engine.Options.Lookup("PATH")
	}
	unset = slices.DeleteFunc(slices.Clone(engine.Choosers), func(name string) bool { _, ok := set[name]; return ok })
	return set, unset
}

// at notes which attempt is under way, and who follows it; nil where none is.
func (p *Practice) at(a *Attempt, lv *live) {
	p.inventory, p.explained = nil, ""
	if a != nil {
		a.files.changed(a.dir) // from what it looks like now
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.attempt, p.live, p.work = a, lv, work{}
}

// note takes a request that has ended. What was asked between the beginning of a command and the next prompt is the learner's asking;
// what may have changed something is worth a look whoever asked it.
func (p *Practice) note(r observer.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.Ended.IsZero() || p.attempt == nil {
		return
	}
	theirs := p.Session.Within(r.Began)
	if theirs && r.Verb != "" {
		p.attempt.asked.add(r.Asked())
	}
	if theirs && r.Build != nil && r.Build.Error != "" {
		p.work.build = r.Build
	}
	p.work.changes = p.work.changes || theirs && r.Changes()
	if r.Changes() || theirs && r.Verb != "" && len(p.attempt.answers.all) > 0 {
		p.live.poke()
	}
}

// take is what was done since the last prompt.
func (p *Practice) take() work {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.work
	p.work = work{}
	return w
}

// close ends the shell and what stands before the engine.
func (p *Practice) close() {
	p.Session.Close()
	if p.observer != nil {
		_ = p.observer.Close() // its socket goes with the folder
		p.observer = nil
	}
}

// foreground asks while the practice shell is held: who asks must be the one that the terminal listens to.
type foreground struct {
	prompt.Asker
	Pager
	session *shell.Session
}

// asking does what reads from the terminal.
func asking[T any](f foreground, do func() (T, error)) (answer T, err error) {
	err = f.session.Foreground(func() error {
		answer, err = do()
		return err
	})
	return answer, err
}

// Choose implements prompt.Asker.
func (f foreground) Choose(ctx context.Context, q prompt.Question) (int, error) {
	return asking(f, func() (int, error) { return f.Asker.Choose(ctx, q) })
}

// ChooseMany implements prompt.Asker.
func (f foreground) ChooseMany(ctx context.Context, q prompt.Question) ([]int, error) {
	return asking(f, func() ([]int, error) { return f.Asker.ChooseMany(ctx, q) })
}

// Type implements prompt.Asker.
func (f foreground) Type(ctx context.Context, title string) (string, error) {
	return asking(f, func() (string, error) { return f.Asker.Type(ctx, title) })
}

// Page implements Pager.
func (f foreground) Page(ctx context.Context, text string, after int) error {
	return f.session.Foreground(func() error { return f.Pager.Page(ctx, text, after) })
}
