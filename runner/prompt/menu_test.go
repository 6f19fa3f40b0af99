//go:build !windows

package prompt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"capas/internal/message"
)

// TestMain plays a scene when the test binary is started inside tmux.
func TestMain(m *testing.M) {
	if os.Getenv("PROMPT_SCENE") != "" {
		play()
		return
	}
	os.Exit(m.Run())
}

// play asks what the environment names until the learner leaves, and notes each answer in a file. SIGUSR1 wakes the question,
// which is asked again on SIGUSR2, SIGTERM ends the context; of a hang-up the deaf feel only what it does to the terminal.
func play() {
	if os.Getenv("PROMPT_DEAF") != "" {
		signal.Ignore(syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	again := make(chan os.Signal, 1)
	signal.Notify(again, syscall.SIGUSR2)
	var colors Colors
	if os.Getenv("PROMPT_COLOR") != "" {
		colors = Colors{Accent: "117", Faint: "247"}
	}
	p := &player{ctx: ctx, menus: NewMenus(os.Stdin, os.Stdout, message.For(os.Getenv("PROMPT_LANG")), colors)}
	p.listen()
	note("pid", strconv.Itoa(os.Getpid()))
	above, _ := strconv.Atoi(os.Getenv("PROMPT_ABOVE"))
	for i := range above {
		fmt.Printf("above %d\n", i+1)
	}
	for {
		answer, err := p.ask(os.Getenv("PROMPT_SCENE"))
		switch {
		case errors.Is(err, ErrWoken):
			note("answers", "woken")
			if os.Getenv("PROMPT_PAUSE") != "" {
				<-again
			}
		case errors.Is(err, ErrLeft):
			note("answers", "left")
			return
		case err != nil:
			note("answers", "error: "+err.Error())
			return
		default:
			note("answers", answer)
		}
	}
}

type player struct {
	ctx   context.Context
	menus *Menus
	mu    sync.Mutex
	ring  func()
}

// listen wakes the question of the moment.
func (p *player) listen() {
	rings := make(chan os.Signal, 1)
	signal.Notify(rings, syscall.SIGUSR1)
	go func() {
		for range rings {
			p.mu.Lock()
			p.ring()
			p.mu.Unlock()
		}
	}()
	p.wake()
}

func (p *player) wake() <-chan struct{} {
	wake := make(chan struct{})
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ring = sync.OnceFunc(func() { close(wake) })
	return wake
}

func (p *player) ask(scene string) (string, error) {
	q := Question{Title: "¿Qué hacemos?", Options: []string{"Comprobar", "Pista", "Salir"}, Wake: p.wake()}
	if scene == "wide" {
		q.Title = "Un título que no cabe en cuarenta columnas de ninguna manera, ¿verdad?"
		q.Options[1] = "Una opción que tampoco cabe en una línea de cuarenta columnas, ni casi en dos"
		q.Options[2] = strings.Repeat("x", 38) // with its two columns before, exactly one line
	}
	switch scene {
	case "many":
		n, err := p.menus.ChooseMany(p.ctx, q)
		return fmt.Sprint(n), err
	case "type":
		return p.menus.Type(p.ctx, "¿Nombre?")
	case "page":
		return p.page()
	case "tall":
		q.Options = nil
		for i := range 30 {
			q.Options = append(q.Options, fmt.Sprintf("opción %d", i+1))
		}
	}
	n, err := p.menus.Choose(p.ctx, q)
	return fmt.Sprint(n), err
}

// page shows as many numbered lines as the environment says, with five rows to come after them; some are wider than a
// narrow terminal.
func (p *player) page() (string, error) {
	var text strings.Builder
	last, _ := strconv.Atoi(os.Getenv("PROMPT_LINES"))
	for i := range last {
		fmt.Fprintf(&text, "line %d%s\n", i+1, strings.Repeat(" wide", i%3*6))
	}
	if err := p.menus.Page(p.ctx, text.String(), 5); err != nil {
		return "", err
	}
	note("answers", "read")
	return p.menus.Type(p.ctx, "¿Nombre?")
}

// note adds a line to a file of the scene's folder.
func note(name, line string) {
	f, err := os.OpenFile(os.Getenv("PROMPT_DIR")+"/"+name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	defer f.Close()
	fmt.Fprintln(f, line)
}

func TestMenuChoose(t *testing.T) {
	s := open(t, scene{kind: "choose"})
	s.until("> Comprobar")
	s.keys("Down")
	s.until("> Pista")
	s.keys("Enter")
	s.answered("1")
	s.until("¿Qué hacemos? Pista")
	s.keys("Up", "Enter") // round to the last
	s.answered("1", "2")
	s.keys("p", "Enter")
	s.answered("1", "2", "1")
	s.keys("3", "Enter")
	s.answered("1", "2", "1", "2")
	s.keys("z", "ñ", "0", "9", "Space", "BSpace", "Left", "Right", "Escape")
	s.keys("M-x", "M-[", "F5", "C-Right", "PageUp", "j", "k", "C-z", "Enter")
	s.answered("1", "2", "1", "2", "0")
	s.keys("C-d")
	s.answered("1", "2", "1", "2", "0", "left")
}

func TestMenuIsNotFiltered(t *testing.T) {
	s := open(t, scene{kind: "choose"})
	before := s.until("> Comprobar")
	s.keys("x", "y", "z", "M-x")
	s.keys("Down", "Up") // seen after them
	s.keys("Down")
	if got := s.until("> Pista"); strings.Replace(got, "> Pista", "  Pista", 1) != strings.Replace(before, "> Comprobar", "  Comprobar", 1) {
		t.Errorf("stray keys changed the menu:\n%s", got)
	}
}

func TestMenuChooseMany(t *testing.T) {
	s := open(t, scene{kind: "many"})
	s.until("> [ ]  Comprobar")
	s.keys("3", "Space", "Home", "Space", "Right", "Left", "x")
	s.until("> [x]  Comprobar")
	s.keys("M-x", "Down", "Enter")
	s.answered("[0 2]")
	s.until("¿Qué hacemos? Comprobar, Salir")
	s.keys("Enter")
	s.answered("[0 2]", "[]")
	s.keys("C-c")
	s.answered("[0 2]", "[]", "left")
}

func TestMenuType(t *testing.T) {
	s := open(t, scene{kind: "type"})
	s.until("¿Nombre?")
	s.text("Año güeno")
	s.until("Año güeno")
	s.keys("Enter")
	s.answered("Año güeno")
	s.until("¿Nombre? Año güeno\n? ¿Nombre?")
	s.text("niñs")
	s.until("niñs")
	s.keys("Left")
	s.text("o")
	s.until("niños")
	s.keys("Home")
	s.text("¡")
	s.keys("End")
	s.text("!!")
	s.keys("BSpace", "C-Left", "M-x", "Enter")
	s.answered("Año güeno", "¡niños!")
	s.until("¿Nombre? ¡niños!")
	s.text("otra")
	s.until("otra")
	s.keys("C-c")
	s.answered("Año güeno", "¡niños!", "left")
	s.restored()
}

func TestMenuTypeMoreThanALine(t *testing.T) {
	long := strings.Repeat("docker build -t ñu . ", 4) + "fin"
	for _, above := range []int{2, 40} {
		t.Run(fmt.Sprint(above), func(t *testing.T) {
			s := open(t, scene{kind: "type", above: above, columns: 40})
			s.until("¿Nombre?")
			s.text(long)
			s.until("fin")
			s.keys("Home", "Enter") // from the middle too
			s.answered(long)
			s.until(fmt.Sprintf("above %d\n? ¿Nombre? docker build -t ñu . docker b\n", above))
			s.until("build -t ñu . fin\n? ¿Nombre?")
			s.keys("C-c")
			s.answered(long, "left")
		})
	}
}

func TestMenuAnsweredLeavesWhatIsAbove(t *testing.T) {
	for _, above := range []int{2, 40} {
		t.Run(fmt.Sprint(above), func(t *testing.T) {
			s := open(t, scene{kind: "wide", above: above, columns: 40, pause: true})
			s.until("elegir]")
			s.keys("Down", "Enter")
			s.answered("1")
			s.signal(syscall.SIGUSR1)
			s.answered("1", "woken")
			s.until(fmt.Sprintf("above %d\n? Un título", above))
			s.until("ni casi en dos\n")
		})
	}
}

func TestMenuTypedAhead(t *testing.T) {
	s := open(t, scene{kind: "choose"})
	s.until("> Comprobar")
	s.text("2\r3\r\r") // one write
	s.answered("1", "2", "0")
}

func TestMenuLeavesTheTerminalAsItWas(t *testing.T) {
	for _, kind := range []string{"choose", "many", "type"} {
		t.Run(kind, func(t *testing.T) {
			s := open(t, scene{kind: kind, above: 2})
			s.until("¿")
			s.keys("C-c")
			s.answered("left")
			s.restored()
		})
	}
}

func TestMenuEndOfContext(t *testing.T) {
	for _, kind := range []string{"choose", "many", "type"} {
		t.Run(kind, func(t *testing.T) {
			s := open(t, scene{kind: kind, above: 2})
			s.until("¿")
			s.signal(syscall.SIGTERM)
			s.answered("left")
			s.restored()
		})
	}
}

func TestMenuTerminalHungUp(t *testing.T) {
	for _, kind := range []string{"choose", "many", "type"} {
		t.Run(kind, func(t *testing.T) {
			s := open(t, scene{kind: kind, deaf: true})
			s.until("¿")
			s.tmux("kill-session")
			s.answered("left")
			s.gone()
		})
	}
}

func TestMenuWoken(t *testing.T) {
	for _, tt := range []struct {
		name  string
		scene scene
		keys  []string
	}{
		{"on a fresh screen", scene{kind: "choose", above: 2}, nil},
		{"with nothing above", scene{kind: "choose"}, nil},
		{"at the bottom line", scene{kind: "choose", above: 23}, nil},
		{"on a screen that has scrolled", scene{kind: "choose", above: 40}, nil},
		{"after moves", scene{kind: "choose", above: 40}, []string{"Down", "Down", "Down", "Up"}},
		{"after stray letters", scene{kind: "choose", above: 3}, []string{"x", "y", "ñ", "M-x"}},
		{"wrapped lines", scene{kind: "wide", above: 3, columns: 40}, []string{"Down"}},
		{"wrapped lines at the bottom", scene{kind: "wide", above: 40, columns: 40}, []string{"Down", "Down"}},
		{"more options than the screen holds", scene{kind: "tall", above: 5, rows: 10}, []string{"Up", "Up"}},
		{"more options than a page", scene{kind: "tall", above: 40}, []string{"End"}},
		{"a screen of few lines", scene{kind: "wide", above: 3, columns: 40, rows: 12}, []string{"Down", "Down"}},
		{"in colour", scene{kind: "wide", above: 40, columns: 40, color: true}, []string{"Down"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.scene.pause = true
			s := open(t, tt.scene)
			s.until("elegir]")
			for _, key := range tt.keys {
				s.keys(key)
			}
			for round := range 3 {
				s.until("elegir]")
				s.signal(syscall.SIGUSR1)
				s.answered(slices.Repeat([]string{"woken"}, round+1)...)
				s.onlyAbove(tt.scene.above)
				s.signal(syscall.SIGUSR2)
			}
			s.until("elegir]")
			s.keys("2", "Enter")
			s.answered("woken", "woken", "woken", "1")
		})
	}
}

// Enter and the wake come together: whichever is first, there is one answer.
func TestMenuKeyAtTheMomentOfTheWake(t *testing.T) {
	s := open(t, scene{kind: "choose"})
	s.until("> Comprobar")
	const rounds = 15
	for i := range rounds {
		s.keysAnd("Enter", func() { s.signal(syscall.SIGUSR1) })
		s.answers(func(a []string) bool { return len(withoutWoken(a)) > i })
	}
	s.keys("3", "Enter")
	want := append(slices.Repeat([]string{"0"}, rounds), "2")
	got := withoutWoken(s.answers(func(a []string) bool { return slices.Contains(a, "2") }))
	if !slices.Equal(got, want) {
		t.Errorf("%d times Enter and a wake, then the third option: %q", rounds, got)
	}
}

func withoutWoken(answers []string) []string {
	return slices.DeleteFunc(slices.Clone(answers), func(a string) bool { return a == "woken" })
}

func TestMenuResized(t *testing.T) {
	for _, tt := range []struct {
		name       string
		scene      scene
		keys       []string
		columns    int
		rows       int
		draws      string // what is drawn anew
		rest, want string // keys, and what is answered then
	}{
		{"narrower", scene{kind: "choose", above: 2}, []string{"Down"}, 40, 24, "> Pista", "Enter", "1"},
		{"narrower than the hint", scene{kind: "choose", above: 2}, []string{"Down", "Down"}, 24, 24, "elegir]\n  Comprobar\n  Pista\n> Salir", "Enter", "2"},
		{"wider", scene{kind: "choose", above: 2, columns: 30}, []string{"Down"}, 80, 24, "?  [flechas para moverte, Intro para elegir]\n  Comprobar\n> Pista", "Enter", "1"},
		{"on a screen that has scrolled", scene{kind: "choose", above: 40}, []string{"Down"}, 24, 24, "> Pista", "Enter", "1"},
		{"broken options", scene{kind: "wide", above: 20}, []string{"Down"}, 40, 24, "> Una opción que tampoco cabe en una\n    línea de cuarenta", "Enter", "1"},
		{"broken options made whole", scene{kind: "wide", above: 3, columns: 40}, []string{"Down", "Down"}, 100, 24, "dos\n> xxx", "Enter", "2"},
		{"lower", scene{kind: "choose", above: 30}, []string{"Down"}, 80, 12, "> Pista", "Enter", "1"},
		{"higher", scene{kind: "choose", above: 30, rows: 12}, []string{"Down"}, 80, 30, "> Pista", "Enter", "1"},
		{"with marks", scene{kind: "many", above: 2}, []string{"Space", "Down", "Down", "Space"}, 40, 24, "terminar]\n  [x]  Comprobar\n  [ ]  Pista\n> [x]  Salir", "Enter", "[0 2]"},
		{"while typing", scene{kind: "type", above: 2}, []string{"h", "o", "l", "a"}, 40, 24, "¿Nombre? hola", "Enter", "hola"},
		{"while typing more than a line", scene{kind: "type", above: 2}, strings.Split(strings.Repeat("palabra", 7), ""), 40, 24, "¿Nombre? palabra", "Enter", strings.Repeat("palabra", 7)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := open(t, tt.scene)
			s.until("¿")
			for _, key := range tt.keys {
				s.keys(key)
			}
			s.still()
			for _, columns := range []int{tt.columns - 1, tt.columns} {
				s.tmux("resize-window", "-x", strconv.Itoa(columns), "-y", strconv.Itoa(tt.rows))
				s.still()
			}
			seen := s.until(tt.draws)
			all := s.tmux("capture-pane", "-p", "-S", "-")
			if n := strings.Count(all, "? "+seen[strings.LastIndex(seen, "\n? ")+3:][:6]); n != 1 {
				t.Errorf("the question stands there %d times:\n%s", n, all)
			}
			for i := range tt.scene.above {
				if !strings.Contains(all, fmt.Sprintf("above %d\n", i+1)) {
					t.Errorf("what stood above is gone, line %d:\n%s", i+1, all)
				}
			}
			s.keys(tt.rest)
			s.answered(tt.want)
		})
	}
}

func TestMenuOfANarrowTerminal(t *testing.T) {
	s := open(t, scene{kind: "wide", columns: 40})
	s.until("? Un título que no cabe en cuarenta\n  columnas de ninguna manera, ¿verdad?\n  [flechas para moverte, Intro para\n  elegir]\n> Comprobar\n  Una opción que tampoco cabe en una\n    línea de cuarenta columnas, ni casi\n    en dos\n  xxx")
	s.keys("2", "Enter")
	s.answered("1")
}

func TestMenuOfManyInANarrowTerminal(t *testing.T) {
	s := open(t, scene{kind: "many", columns: 40})
	s.until("? ¿Qué hacemos?\n  [flechas para moverte, espacio para\n  marcar, Intro al terminar]\n> [ ]  Comprobar")
}

func TestMenuColors(t *testing.T) {
	for _, kind := range []string{"choose", "many", "type"} {
		for _, color := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s %t", kind, color), func(t *testing.T) {
				s := open(t, scene{kind: kind, color: color})
				s.until("¿")
				if got := s.tmux("capture-pane", "-p", "-e"); strings.Contains(got, "\x1b[") != color {
					t.Errorf("with colour %t: %q", color, strings.TrimSpace(got))
				}
			})
		}
	}
}

func TestMenuHintsInTheLanguage(t *testing.T) {
	for _, tt := range []struct{ kind, lang, hint string }{
		{"choose", "es", "[flechas para moverte, Intro para elegir]"},
		{"choose", "en", "[arrows to move, Enter to choose]"},
		{"many", "es", "[flechas para moverte, espacio para marcar, Intro al terminar]"},
		{"many", "en", "[arrows to move, space to mark, Enter when done]"},
	} {
		t.Run(tt.kind+" "+tt.lang, func(t *testing.T) {
			s := open(t, scene{kind: tt.kind, lang: tt.lang})
			if got := s.until("]"); !strings.Contains(got, "?  "+tt.hint+"\n") || strings.Contains(got, "Use arrows") {
				t.Errorf("shown:\n%s", got)
			}
		})
	}
}
