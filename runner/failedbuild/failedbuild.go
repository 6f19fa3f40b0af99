// Package failedbuild says why a `docker build` failed: from the command as it was typed, the Dockerfile, the folder that it builds,
// and the image that it begins from.
//
// It knows no lesson, runs nothing and prints nothing. Of BuildKit, whose output nobody sees, it says what the files show and no more.
package failedbuild

import (
	"context"
	"maps"
	"slices"
	"strings"
	"unicode"

	"capas/checks"
	"capas/internal/message"
)

// Build is a build that failed, as far as somebody knows of it.
type Build struct {
	Command string   // the line as it was typed; "" where it is not known
	Dir     string   // the folder it was typed in
	Home    string   // what ~ stands for; "" where it is not known
	Step    string   // the step that was under way, with its number or without: "Step 2/3 : COPY saludo.txt /", by BuildKit "[2/3] COPY saludo.txt /"; "" where it is not known
	Image   string   // the image that the step began from, by its id or the beginning of that; "" where it is not known
	Output  []string // the last lines that the step wrote
	Error   string   // what the engine said; "" where it is not known
	Engine  checks.Engine
}

// Explanation is why a build failed: what is wrong and on which line, what is there instead, the nearest thing to what was probably
// meant, and the one thing to do next. What lies between may be empty.
type Explanation struct{ What, Found, Near, Next message.Text }

// none is the explanation where there is nothing better to say than docker has said.
var none Explanation

func (e Explanation) isNone() bool { return e.What.IsZero() }

// Explain says why a build failed; false where it has nothing better to say than docker. It changes nothing: of the engine it asks
// which images there are and what is in them. Where there is no engine it does without.
func Explain(ctx context.Context, b Build) (Explanation, bool) {
	b.Output = slices.Clone(b.Output)
	for i, line := range b.Output {
		b.Output[i] = message.Clean(line)
	}
	b.Error = message.Clean(b.Error)
	x := &inquiry{Build: b}
	if b.Engine != nil {
		x.facts = checks.NewFacts(b.Engine, checks.Scope{})
		defer func() { _ = x.facts.Close() }() // what stays is swept another day
	}
	for _, c := range readCalls(b.Command, b.Dir, b.Home) {
		if e := x.explain(ctx, c); !e.isNone() {
			return Explanation{onOneLine(e.What), onOneLine(e.Found), onOneLine(e.Near), onOneLine(e.Next)}, true
		}
	}
	return none, false
}

// onOneLine is a text whose data have no line ends: a name in quotes may have some.
func onOneLine(t message.Text) message.Text {
	t.Data = maps.Clone(t.Data)
	for key, value := range t.Data {
		switch value := value.(type) {
		case string:
			t.Data[key] = strings.Map(blank, strings.ReplaceAll(value, secret, ""))
		case message.Text:
			t.Data[key] = onOneLine(value)
		}
	}
	return t
}

func blank(r rune) rune {
	if unicode.IsSpace(r) {
		return ' '
	}
	return r
}

// inquiry looks into one failed build.
type inquiry struct {
	Build
	facts *checks.Facts // nil where there is no engine
}

// told reports whether the engine's own words are known.
func (x *inquiry) told() bool { return x.Step != "" || x.Error != "" }

// classic reports whether the engine's own words are known, and are those of the classic builder.
func (x *inquiry) classic() bool { return x.told() && !x.buildKit() }

// buildKit reports whether BuildKit speaks.
func (x *inquiry) buildKit() bool {
	return strings.HasPrefix(x.Step, "[") || x.saidAny("failed to solve", "executor failed running", "failed to compute cache key", "failed to calculate checksum", "did not complete successfully", "buildkit-mount")
}

// explain goes the way that docker goes, and stops where it must have stopped.
func (x *inquiry) explain(ctx context.Context, c *call) Explanation {
	if e := c.refused(); !e.isNone() {
		return e
	}
	p, e := findPlace(c)
	if p == nil {
		return e
	}
	r, e := readRecipe(p, c)
	if r == nil {
		return e
	}
	if e := x.refusal(r); !e.isNone() {
		return e
	}
	if s := r.step(x.Step); s != nil {
		return x.stopped(ctx, r, s)
	}
	if e := x.noBase(ctx, r); !e.isNone() {
		return e
	}
	return x.search(ctx, r)
}

// search looks for a step that cannot work, and then for one that is strange.
func (x *inquiry) search(ctx context.Context, r *recipe) Explanation {
	for _, look := range []look{x.impossible, x.doubtful, x.recent} {
		for _, s := range r.needed() {
			if e := look(ctx, r, s); !e.isNone() || ctx.Err() != nil {
				return e
			}
		}
	}
	return none
}

// saidAny reports whether the engine, or the last lines of the step, have one of the phrases.
func (x *inquiry) saidAny(phrases ...string) bool {
	said := strings.ToLower(x.Error + "\n" + strings.Join(x.Output, "\n"))
	for _, phrase := range phrases {
		if strings.Contains(said, strings.ToLower(phrase)) {
			return true
		}
	}
	return false
}
