package render

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"capas/checks"
)

var update = flag.Bool("update", false, "rewrite the goldens")

func TestGoldens(t *testing.T) {
	for _, c := range []struct {
		golden, source string
		style          Style
	}{
		{"page.plain-40.txt", "page.md", Style{Width: 40, Plain: true, Lang: "es"}},
		{"page.plain-80.txt", "page.md", Style{Width: 80, Plain: true, Lang: "es"}},
		{"page.plain-200.txt", "page.md", Style{Width: 200, Plain: true, Lang: "es"}},
		{"page.colorless-40.txt", "page.md", Style{Width: 40, Lang: "es"}},
		{"page.colorless-80.txt", "page.md", Style{Width: 80, Lang: "es"}},
		{"page.colorless-120.txt", "page.md", Style{Width: 120, Lang: "es"}},
		{"page.colorless-200.txt", "page.md", Style{Width: 200, Lang: "es"}},
		{"small.dark-60.txt", "small.md", Style{Width: 60, Color: true, Background: Dark, Lang: "es"}},
	} {
		t.Run(c.golden, func(t *testing.T) {
			got := markdownOf(t, c.style, read(t, c.source))
			safe(t, c.style, got)
			path := filepath.Join("testdata", c.golden)
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want := read(t, c.golden); got != want {
				t.Errorf("got:\n%s\nwant (go test -update rewrites it):\n%s", got, want)
			}
		})
	}
}

func TestMarkdown(t *testing.T) {
	for name, c := range map[string]struct {
		width     int
		src, want string
	}{
		"nothing":                        {40, "", ""},
		"only a comment":                 {40, "<!-- nada -->", ""},
		"no empty line around":           {40, "\n\n\nhola\n\n\n", "hola\n"},
		"soft and hard break":            {40, "uno\ndos\\\ntres", "uno dos\ntres\n"},
		"hard break in emphasis":         {40, "*uno  \ndos*", "uno\ndos\n"},
		"a heading keeps no signs":       {40, "## Hola ##", "Hola\n"},
		"code in a heading":              {40, "## La orden `docker ps`", "La orden docker ps\n"},
		"entities":                       {40, "a &amp; b &lt;c&gt; &eacute; \\&amp;", "a & b <c> é &amp;\n"},
		"entities in code are code":      {40, "`&amp;&#65;`", "&amp;&#65;\n"},
		"backslashes":                    {40, `\*a\* C:\\dir \d`, `*a* C:\dir \d` + "\n"},
		"backslashes in code are code":   {40, "`a\\.b \\\\ c`", `a\.b \\ c` + "\n"},
		"code within bold and link":      {40, "**usa `docker ps` ya** [`docker`](d)", "usa docker ps ya docker (d)\n"},
		"code over two lines":            {40, "`docker\nps`", "docker ps\n"},
		"code is not broken":             {24, "Ahora escribe `docker ps -a` tú", "Ahora escribe\ndocker ps -a tú\n"},
		"code alone on its line":         {20, "Di `docker images -aqv`.", "Di\ndocker images -aqv.\n"},
		"code as wide as the line":       {20, "Di `docker image prune -`, ya", "Di\ndocker image prune -\n, ya\n"},
		"code too wide breaks at spaces": {20, "Di `docker run --publish 80:80 web`", "Di docker run\n--publish 80:80 web\n"},
		"no break at hyphens":            {20, "la opción --publish-all-ports", "la opción\n--publish-all-ports\n"},
		"a long address stays whole":     {20, "en <https://docs.example/una/pagina>", "en\nhttps://docs.example/una/pagina\n"},
		"an address once":                {60, "[d.example](d.example) [d](#d) [](e.example)", "d.example d e.example\n"},
		"an address by mail":             {60, "[escribe](mailto:ana@d.example) <ana@d.example>", "escribe (ana@d.example) ana@d.example\n"},
		"a reference":                    {60, "[la guía][g]\n\n[g]: https://d.example/a_b_c", "la guía (https://d.example/a_b_c)\n"},
		"a picture":                      {60, "Mira: ![tres *capas*](c.png)", "Mira: Imagen: tres capas\n"},
		"a picture that says nothing":    {60, "![](c.png)", "Imagen sin descripción (c.png)\n"},
		"a picture that is a link":       {60, "[![capas](c.png)](d.example)", "Imagen: capas (d.example)\n"},
		"a picture on the web":           {60, "![capas](https://d.example/c.png \"tres &amp; una\")", "Imagen: capas (tres & una, https://d.example/c.png)\n"},
		"placeholders are no tags":       {60, "docker rmi <imagen> y <none>", "docker rmi <imagen> y <none>\n"},
		"tags are dropped":               {60, "un <b>texto</b><br>nuevo <!-- no -->", "un texto\nnuevo\n"},
		"a block of HTML":                {60, "<div>\nuno &amp; dos\n</div>", "uno & dos\n"},
		"struck text is not said":        {60, "cuesta ~~dos~~ tres", "cuesta ~~dos~~ tres\n"},
		"numbers in line":                {40, "9. a\n10. b", " 9. a\n10. b\n"},
		"other numbers":                  {40, "3) a\n4) b", "3) a\n4) b\n"},
		"an empty item":                  {40, "- a\n-\n- b", "- a\n-\n- b\n"},
		"code in an item":                {40, "- a\n\n  ```\n  docker ps\n\n  docker images\n  ```", "- a\n\n    docker ps\n\n    docker images\n"},
		"code by indentation":            {40, "a\n\n    docker ps", "a\n\n  docker ps\n"},
		"tabs in code":                   {40, "```\nall:\tx\n\tdocker build .\n```", "  all:    x\n          docker build .\n"},
		"Windows line ends":              {40, "uno\r\ndos\r\n\r\n```\r\ndocker ps\r\n```\r\n", "uno dos\n\n  docker ps\n"},
		"no-break space of the author's": {20, "una imagen de 10\u00a0MB", "una imagen de 10\u00a0MB\n"},
		"wide characters":                {20, "日本語の文章はスペースなしで書かれます", "日本語の文章はスペー\nスなしで書かれます\n"},
		"an accent of its own":           {20, "la orden que construye\u0301", "la orden que\nconstruye\u0301\n"},
		"a table without heads":          {40, "| | |\n|-|-|\n| a | b |\n", "- a\n  b\n"},
		"a bar in a cell":                {40, "| x |\n|-|\n| `a \\| b` |\n", "- x: a | b\n"},
		"a quote in a quote":             {40, "> a\n>\n> > b", "Nota: a\n\n  Nota: b\n"},
		"a task":                         {40, "- [x] a\n- [ ] b", "- hecho: a\n- por hacer: b\n"},
		"a drawing in words":             {60, "```\n┌─────┐\n│ uno │  el primero\n└──┬──┘\n   ▼     paso\n│ a/ │ ──▶ │ b │\n│ lo demás │ ✗ no viaja\nx ◀── y\n```", "Dibujo:\n  uno; el primero\n  paso\n  a/ hacia b\n  lo demás; no: no viaja\n  x desde y\n"},
		"what an author says instead":    {60, "```drawing Una caja con uno &amp; dos\n┌─────┐\n│ uno │\n└─────┘\n```", "Dibujo: Una caja con uno & dos\n"},
		"bytes that are no text":         {40, "a\x9bb\xff", "a\uFFFDb\uFFFD\n"},
	} {
		t.Run(name, func(t *testing.T) {
			got := markdownOf(t, Style{Width: c.width, Plain: true, Lang: "es"}, c.src)
			if got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

// hostile are texts that would steer a terminal or hide what a command does.
var hostile = []string{
	"\x1b]0;title\x07", "\x1b]8;;http://evil.example\x1b\\", "\x1b[2J", "\x1b[31m", "\x1b", "\x07", "\x08", "\r", "\x00", "\x7f",
	"\u009b2J", "\u009d0;t\u009c", "\x9b2J", "\u202e", "\u2066", "\u200f",
	"&#27;[2J", "&#x1b;]0;t&#7;", "&#155;2J", "&#x202e;", "&rlm;", "\v", "\x1e", "\x1f",
}

func TestNothingSteersTheTerminal(t *testing.T) {
	places := []string{
		"prosa %s prosa", "# título %s", "*énfasis %s*", "~~tachado %s~~", "`código %s`", "[texto %s](a)", "[t](http://a.example/%s)",
		"[t](<a %s>)", "[t](a \"título %s\")", "<http://a.example/%s>", "![alt %s](a)", "<b %s>", "<div>\n%s\n</div>",
		"```\ndocker %s\n```", "```%s\ndocker\n```", "    docker %s", "- punto %s", "- [x] tarea %s", "> nota %s", "| %s | b |\n|-|-|\n| c | %[1]s |",
		"[r]\n\n[r]: http://a.example/%s",
	}
	for _, style := range styles(60) {
		for _, place := range places {
			for _, h := range hostile {
				src := fmt.Sprintf(place, h)
				if !safe(t, style, markdownOf(t, style, src)) {
					t.Errorf("source: %q", src)
				}
			}
		}
	}
}

func TestFeedbackIsClean(t *testing.T) {
	for _, style := range styles(40) {
		r := New(style)
		for _, h := range hostile {
			for _, out := range []string{r.Title(h + "a"), r.Line(h + "a `" + h + "`"), r.Note(h + "a"), r.Bullet(h + "a"), r.Under(h + "a"), r.Command(h + "a")} {
				safe(t, style, out)
			}
		}
	}
}

func TestFeedback(t *testing.T) {
	plain, drawn := New(Style{Width: 20, Plain: true, Lang: "es"}), New(Style{Width: 20, Lang: "es"})
	dark := New(Style{Width: 20, Color: true, Background: Dark})
	growing := New(Style{WidthNow: func() int { return 40 }, Plain: true, Lang: "es"})
	for _, c := range []struct{ got, want string }{
		{plain.Title("Construir una imagen"), "Construir una imagen\n"},
		{drawn.Title("Construir"), "Construir\n─────────\n"},
		{plain.Line("Escribe `docker build` y pulsa Intro."), "Escribe docker build\ny pulsa Intro.\n"},
		{plain.Line("un ` suelto"), "un ` suelto\n"},
		{plain.Note("otra vez"), "otra vez\n"},
		{plain.Bullet("una imagen y dos nombres"), "- una imagen y dos\n  nombres\n"},
		{drawn.Bullet("una imagen y dos nombres"), "• una imagen y dos\n  nombres\n"},
		{plain.Item(plain.Mark(checks.Pass), "hay una imagen web:1"), "bien: hay una\n  imagen web:1\n"},
		{plain.Item(plain.Mark(checks.Fail), "falta"), "aún no: falta\n"},
		{plain.Under("Escribe: `docker build .` y mira"), "  Escribe:\n  docker build . y\n  mira\n"},
		{growing.Under("Escribe: `docker build .` y mira"), "  Escribe: docker build . y mira\n"},
		{plain.Item(plain.Sign(Careful), "poco sitio"), "ojo: poco sitio\n"},
		{drawn.Sign(Good) + drawn.Sign(Careful) + drawn.Sign(Bad), "✓!✗"},
		{plain.Mark(checks.Unknown), "no se pudo preguntar:"},
		{drawn.Item(drawn.Mark(checks.Pass), "hay una imagen web:1"), "✓ hay una imagen\n  web:1\n"},
		{drawn.Mark(checks.Fail) + drawn.Mark(checks.Unknown), "✗?"},
		{dark.Mark(checks.Pass), "\x1b[38;5;114;1m✓\x1b[0m"},
		{plain.Command("docker run --rm --publish 8080:80 web:1"), "  docker run --rm --publish 8080:80 web:1\n"},
		{New(Style{Plain: true, Lang: "en"}).Mark(checks.Fail), "not yet:"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestDeepNestingStaysReadable(t *testing.T) {
	src := strings.Repeat("> ", 40) + "una nota que no cabe en tan poco sitio como queda aquí"
	for line := range strings.Lines(markdownOf(t, Style{Width: 40}, src)) {
		if w := columns(strings.TrimSuffix(line, "\n")); w > 40 {
			t.Errorf("%d columns: %q", w, line)
		}
	}
}

func TestPlainBeatsColor(t *testing.T) {
	out := markdownOf(t, Style{Width: 40, Plain: true, Color: true}, "# a\n\n**b** `c`")
	if strings.Contains(out, "\x1b") {
		t.Errorf("%q", out)
	}
}

func FuzzMarkdown(f *testing.F) {
	for _, name := range []string{"page.md", "small.md"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b), 40)
	}
	for _, h := range hostile {
		f.Add("a "+h+" `"+h+"` [b](<"+h+">)\n\n| "+h+" |\n|-|\n|c|", 20)
	}
	f.Fuzz(func(t *testing.T, src string, width int) {
		for _, style := range styles(width % 200) {
			out := markdownOf(t, style, src)
			safe(t, style, out)
			if out != "" && (!strings.HasSuffix(out, "\n") || strings.HasSuffix(out, "\n\n") || strings.HasPrefix(out, "\n")) {
				t.Errorf("not one newline at the end and none before: %q", out)
			}
		}
	})
}

func BenchmarkMarkdown(b *testing.B) {
	src := read(b, "page.md")
	for _, style := range styles(80) {
		b.Run(fmt.Sprintf("plain=%t,color=%t", style.Plain, style.Color), func(b *testing.B) {
			r := New(style)
			for b.Loop() {
				if _, err := r.Markdown(src); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		New(Style{Width: 80, Color: true})
	}
}

func styles(width int) []Style {
	return []Style{
		{Width: width, Plain: true, Lang: "es"},
		{Width: width, Lang: "es"},
		{Width: width, Color: true, Background: Dark, Lang: "en"},
		{Width: width, Color: true, Background: Light, Lang: "en"},
		{Width: width, Color: true, Lang: "en"},
	}
}

func markdownOf(t testing.TB, s Style, src string) string {
	t.Helper()
	out, err := New(s).Markdown(src)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// safe reports whether a text holds nothing that steers a terminal but our own color.
func safe(t testing.TB, s Style, out string) bool {
	t.Helper()
	text := out
	if s.Color && !s.Plain {
		text = sequence.ReplaceAllString(out, "")
		for _, q := range sequence.FindAllString(out, -1) {
			if q == "\x1b[31m" { // of the hostile texts; our styles never write it
				t.Errorf("a sequence of the source's: %q", out)
				return false
			}
		}
	}
	for _, r := range text {
		if r != '\n' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			t.Errorf("control character %U in %q", r, out)
			return false
		}
	}
	return true
}

func read(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
