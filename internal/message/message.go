// Package message holds every word that capas says to people, one catalog a language.
//
// It knows no lesson and no engine: a Text is the id of a sentence with its data, and a Printer says it.
//
// A catalog is the folder of its language: <language>/<part>.yaml, where part is the text of an id before its first dot
// ("checks.image.missing" is the key "image.missing" of es/checks.yaml). A part is read when its first sentence is said.
package message

import (
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"go.yaml.in/yaml/v3"
	"golang.org/x/text/language"
)

//go:embed es/*.yaml en/*.yaml
var catalogs embed.FS

// Languages are those that have a catalog, the language of origin first.
var Languages = []string{"es", "en"}

// Data are the values that a sentence names, as in "{{.Image}}". A Text among them is said in the same language,
// any other text is cleaned of control sequences. Count, where given, chooses the plural form.
type Data map[string]any

// Text is a sentence that has not been put into a language. The zero Text says nothing.
type Text struct {
	ID   string
	Data Data
}

// New returns the sentence with that id. It takes at most one Data.
func New(id string, data ...Data) Text {
	t := Text{ID: id}
	for _, d := range data {
		t.Data = d
	}
	return t
}

// IsZero reports whether the text says nothing.
func (t Text) IsZero() bool { return t.ID == "" }

// Printer says texts in one language. It is safe for concurrent use.
type Printer struct {
	lang  string
	tag   language.Tag
	mu    sync.Mutex // of what follows: a bundle that grows must not be read
	parts map[string]bool
	words *i18n.Bundle
	say   *i18n.Localizer
}

// For returns the printer of a language, given by its two letters or as a locale name ("es_ES.UTF-8", "en").
// What has no catalog is said in Spanish.
func For(lang string) *Printer {
	if len(lang) > 2 {
		lang = lang[:2]
	}
	lang = strings.ToLower(lang)
	if !slices.Contains(Languages, lang) {
		lang = Languages[0]
	}
	mu.Lock()
	defer mu.Unlock()
	if printers[lang] == nil {
		printers[lang] = newPrinter(lang)
	}
	return printers[lang]
}

var (
	mu       sync.Mutex
	printers = map[string]*Printer{} // one a language: a catalog is read once
)

func newPrinter(lang string) *Printer {
	tag := language.MustParse(lang)
	words := i18n.NewBundle(tag)
	return &Printer{lang: lang, tag: tag, parts: map[string]bool{}, words: words, say: i18n.NewLocalizer(words, lang)}
}

// Lang is the printer's language, in two letters.
func (p *Printer) Lang() string { return p.lang }

// Say puts a text into the printer's language. It panics on an id that the catalog lacks: a bug of ours, which a test finds.
func (p *Printer) Say(t Text) string {
	if t.IsZero() {
		return ""
	}
	said, err := p.localize(&i18n.LocalizeConfig{MessageID: t.ID, TemplateData: p.clean(t.Data), PluralCount: t.Data["Count"]})
	if err != nil {
		panic(fmt.Sprintf("message %q in %s: %v", t.ID, p.lang, err))
	}
	return said
}

// Sayf is Say of New.
func (p *Printer) Sayf(id string, data ...Data) string { return p.Say(New(id, data...)) }

func (p *Printer) clean(data Data) map[string]any {
	out := maps.Clone(map[string]any(data))
	for k, v := range out {
		switch v := v.(type) {
		case Text:
			out[k] = p.Say(v)
		case string:
			out[k] = Clean(v)
		case []string:
			words := make([]string, len(v))
			for i, w := range v {
				words[i] = Clean(w)
			}
			out[k] = strings.Join(words, ", ")
		}
	}
	return out
}

func (p *Printer) localize(sentence *i18n.LocalizeConfig) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	part, _, _ := strings.Cut(sentence.MessageID, ".")
	if !p.parts[part] {
		if err := p.read(part); err != nil {
			return "", fmt.Errorf("reading the part %q of the catalog: %w", part, err)
		}
		p.parts[part] = true
	}
	return p.say.Localize(sentence)
}

// read adds the sentences of a part, under the ids that they have everywhere else. Its YAML is ours, so that no strictness is called
// for, and the words of a list must be there in a moment: goccy's decoder, which lessons need for its errors, takes five times as long.
func (p *Printer) read(part string) error {
	text, err := catalogs.ReadFile(p.lang + "/" + part + ".yaml")
	if err != nil {
		return err
	}
	_, err = p.words.ParseMessageBytes(p.tag, text, func(data []byte, v any) error {
		sentences := map[string]any{}
		err := yaml.Unmarshal(data, sentences)
		*v.(*any) = map[string]any{part: sentences}
		return err
	})
	return err
}
