package message_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"capas/internal/message"
)

func TestForTakesAnyNameOfALanguage(t *testing.T) {
	for name, want := range map[string]string{
		"es": "es", "en": "en", "es_ES.UTF-8": "es", "en_GB": "en", "EN": "en", "en-US": "en",
		"": "es", "C": "es", "C.UTF-8": "es", "POSIX": "es", "fr_FR.UTF-8": "es", "e": "es",
	} {
		if got := message.For(name).Lang(); got != want {
			t.Errorf("For(%q) speaks %q, want %q", name, got, want)
		}
	}
}

func TestTheZeroTextSaysNothing(t *testing.T) {
	var zero message.Text
	if got := message.For("es").Say(zero); !zero.IsZero() || got != "" {
		t.Errorf("%q", got)
	}
}

func TestDataIsCleanedAndTextsAreSaidInTheSameLanguage(t *testing.T) {
	p := message.For("en")
	inner := message.New("box.not-built", message.Data{"Arch": "\x1b[31mpdp11\x1b[0m"})
	got := p.Sayf("box.foreign", message.Data{"Image": inner})
	if !strings.Contains(got, "practice base image for pdp11") || strings.Contains(got, "\x1b") {
		t.Errorf("%q", got)
	}
	if got := p.Sayf("box.foreign", message.Data{"Image": []string{"a\x07", "b"}}); !strings.Contains(got, "a, b") {
		t.Errorf("%q", got)
	}
}

func TestSayLeavesTheDataOfTheTextAlone(t *testing.T) {
	text := message.New("box.foreign", message.Data{"Image": "a\x07"})
	message.For("es").Say(text)
	if text.Data["Image"] != "a\x07" {
		t.Errorf("%q", text.Data["Image"])
	}
}

func TestAnUnknownIDIsABugOfOurs(t *testing.T) {
	for _, id := range []string{"box.no-such-sentence", "no-such-part.x", "noid"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q was said", id)
				}
			}()
			message.For("es").Sayf(id)
		}()
	}
}

func TestClean(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"plain", "hola, ¿qué tal? 你好 👍", "hola, ¿qué tal? 你好 👍"},
		{"lines and tabs stay", "a\tb\nc\n", "a\tb\nc\n"},
		{"colour", "\x1b[1;31mrojo\x1b[0m", "rojo"},
		{"title", "\x1b]0;mine\x07hola", "hola"},
		{"title ended by ST", "\x1b]0;mine\x1b\\hola", "hola"},
		{"link", "\x1b]8;;http://x\x1b\\here\x1b]8;;\x1b\\", "here"},
		{"cursor and screen", "a\x1b[2J\x1b[Hb", "ab"},
		{"one by one", "a\rb\bc\x00d\x7fe", "abcde"},
		{"C1 as a rune", "a\u009b31mb\u0085", "a31mb"},
		{"order of reading", "a\u202eb\u2066c\u200f", "abc"},
		{"unfinished", "a\x1b", "a"},
		{"empty", "", ""},
	} {
		if got := message.Clean(tc.text); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"hola", "\x1b]0;x\x07", "\x1b[31m", "\x9b31m", "\x1b\x1b[[", "\u202e", "\xff\xfe", "a\r\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := message.Clean(s)
		if !utf8.ValidString(got) {
			t.Errorf("%q of %q is not UTF-8", got, s)
		}
		for _, r := range got {
			if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r) {
				t.Fatalf("%q of %q keeps %U", got, s, r)
			}
		}
	})
}
