package checks

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"capas/internal/enginetest"
)

const engineDocument = "../docs/engines.md"

// limit is something that an engine cannot tell, and why.
type limit struct{ engine, what, why string }

// cannot are the kinds that an engine truly has no answer to: their examples are unknown there, both of them.
var cannot = []limit{
	{"Podman", "image config healthcheck", "It builds images in a format that has no place for a HEALTHCHECK, and does not tell of one that another builder gave. The check is unknown where the history names the instruction and the configuration has none."},
}

// vague are the near misses of which an engine knows less. They are not yet right there too; what is said of them is less exact.
var vague = []limit{
	{"Podman", "30-building/building", "It tells of no container of a build: nobody sees that one is going on."},
	{"Podman", "30-building/stopped", "A build that stops at its first instruction leaves nothing."},
	{"Podman", "40-config/arg-for-env", "Its history leaves out the value that an ARG begins with."},
	{"Podman", "60-containers/could-not-start", "It does not keep why a container could not start."},
}

// never are the near misses that an engine does not let happen.
var never = []limit{
	{"capas", "60-containers/paused", "The engine inside capas has no `docker pause`."},
}

// limited reports whether something is among the limits of the engine under test.
func limited(t testing.TB, limits []limit, what string) bool {
	t.Helper()
	product := enginetest.Product(t)
	return slices.ContainsFunc(limits, func(l limit) bool { return l.engine == product && l.what == what })
}

// TestEngineDocument keeps the tables of what engines cannot tell, which are made of the limits. The rest is written by hand.
func TestEngineDocument(t *testing.T) {
	text, err := os.ReadFile(engineDocument)
	if err != nil {
		t.Fatal(err)
	}
	got := string(text)
	for head, limits := range map[string][]limit{"kind": cannot, "near miss": vague, "what cannot happen": never} {
		got = withTable(t, got, "| engine | "+head+" | why |\n|---|---|---|\n", limits)
	}
	if *update {
		if err := os.WriteFile(engineDocument, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got != string(text) {
		t.Errorf("%s is not what the limits say: go test ./checks -run TestEngineDocument -update", engineDocument)
	}
}

// withTable is a text with the table under a head made anew.
func withTable(t *testing.T, text, head string, limits []limit) string {
	t.Helper()
	table := head
	for _, l := range limits {
		table += fmt.Sprintf("| %s | `%s` | %s |\n", l.engine, l.what, l.why)
	}
	old := regexp.MustCompile(regexp.QuoteMeta(head) + `(\|.*\n)*`)
	if len(old.FindAllString(text, -1)) != 1 {
		t.Fatalf("%s has not one table with the head %q", engineDocument, strings.TrimSpace(head))
	}
	return old.ReplaceAllLiteralString(text, table)
}

// TestLimitsAreOfSomething finds a limit of a kind or a near miss that is not there any more.
func TestLimitsAreOfSomething(t *testing.T) {
	there := map[string]bool{}
	for _, kind := range Kinds() {
		there[kind.Name()] = true
	}
	for _, g := range nearMisses(t) {
		for _, n := range g.cases {
			there[n.name()] = true
		}
	}
	for _, l := range slices.Concat(cannot, vague) {
		if !there[l.what] {
			t.Errorf("%s: there is no %q", l.engine, l.what)
		}
	}
}
