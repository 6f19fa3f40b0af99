package prompt

import (
	"strings"

	"github.com/AlecAivazis/survey/v2"
	"github.com/AlecAivazis/survey/v2/core"
	"github.com/charmbracelet/x/ansi"
)

// The templates of menus are survey's with three changes: the hint is ours and may take lines of its own (it comes as Help),
// nothing is said of letters typed to filter, for our menus do not filter, and every color comes from the icons.
func init() {
	survey.SelectQuestionTemplate = `
{{- define "option"}}
    {{- if eq .SelectedIndex .CurrentIndex }}{{color .Config.Icons.SelectFocus.Format }}{{ .Config.Icons.SelectFocus.Text }} {{else}}{{color "default"}}  {{end}}
    {{- .CurrentOpt.Value}}
    {{- color "reset"}}
{{end}}` + questionTemplate
	survey.MultiSelectQuestionTemplate = `
{{- define "option"}}
    {{- if eq .SelectedIndex .CurrentIndex }}{{color .Config.Icons.SelectFocus.Format }}{{ .Config.Icons.SelectFocus.Text }}{{color "reset"}}{{else}} {{end}}
    {{- if index .Checked .CurrentOpt.Index }}{{color .Config.Icons.MarkedOption.Format }} {{ .Config.Icons.MarkedOption.Text }} {{else}}{{color .Config.Icons.UnmarkedOption.Format }} {{ .Config.Icons.UnmarkedOption.Text }} {{end}}
    {{- color "reset"}}
    {{- " "}}{{- .CurrentOpt.Value}}
{{end}}` + questionTemplate
}

const questionTemplate = `
{{- color .Config.Icons.Question.Format }}{{ .Config.Icons.Question.Text }} {{color "reset"}}
{{- color "default+b"}}{{ .Message }}{{color "reset"}}
{{- if .ShowAnswer}}{{color .Config.Icons.SelectFocus.Format}} {{.Answer}}{{color "reset"}}{{"\n"}}
{{- else}}{{color .Config.Icons.Help.Format}}{{ .Help }}{{color "reset"}}{{"\n"}}
  {{- range $ix, $option := .PageEntries}}
    {{- template "option" $.IterateOption $ix $option}}
  {{- end}}
{{- end}}`

// one is survey's Select whose texts are broken between words for the terminal; answered, they stand as they are.
type one struct {
	survey.Select
	question Question
}

func (m *Menus) one(q Question, at int) *one {
	width, _ := m.size()
	title, hint := heading(q.Title, m.say.Sayf("prompt.select"), width)
	options := hung(q.Options, len("> "), width)
	return &one{survey.Select{
		Message: title, Help: hint, Options: options, Default: at, PageSize: m.pageSize(options), Filter: keepAll,
	}, q}
}

// Cleanup implements survey.Prompt.
func (o *one) Cleanup(config *survey.PromptConfig, val any) error {
	answer := val.(core.OptionAnswer)
	answer.Value, o.Message = o.question.Options[answer.Index], o.question.Title
	return o.Select.Cleanup(config, answer)
}

// many is survey's MultiSelect in the same way.
type many struct {
	survey.MultiSelect
	question Question
}

func (m *Menus) many(q Question, marked []int) *many {
	width, _ := m.size()
	title, hint := heading(q.Title, m.say.Sayf("prompt.multiselect"), width)
	options := hung(q.Options, len("> [x]  "), width)
	return &many{survey.MultiSelect{
		Message: title, Help: hint, Options: options, Default: marked, PageSize: m.pageSize(options), Filter: keepAll,
	}, q}
}

// Cleanup implements survey.Prompt.
func (m *many) Cleanup(config *survey.PromptConfig, val any) error {
	answers := val.([]core.OptionAnswer)
	for i := range answers {
		answers[i].Value = m.question.Options[answers[i].Index]
	}
	m.Message = m.question.Title
	return m.MultiSelect.Cleanup(config, answers)
}

// keepAll is the filter that filters nothing: a stray key would hide options.
func keepAll(string, string, int) bool { return true }

// heading are the title of a menu and its hint, which stands behind it where there is room, and under it where not.
func heading(title, hint string, width int) (string, string) {
	const inset = 2 // of the question mark
	if width == 0 {
		return title, "  " + hint
	}
	title = hang(title, inset, inset, width)
	last := title[strings.LastIndex(title, "\n")+1:]
	used := ansi.StringWidth(last)
	if !strings.Contains(title, "\n") {
		used += inset
	}
	if used+2+ansi.StringWidth(hint) <= width {
		return title, "  " + hint
	}
	return title, "\n" + strings.Repeat(" ", inset) + hang(hint, inset, inset, width)
}

func hung(options []string, inset, width int) []string {
	out := make([]string, len(options))
	for i, o := range options {
		out[i] = hang(o, inset, inset+2, width) // further in than where options begin
	}
	return out
}

// hang breaks a text between its words where it does not fit beside first columns, and sets its further lines in.
// A word wider than the terminal is left to it.
func hang(text string, first, inset, width int) string {
	if width <= inset || first+ansi.StringWidth(text) <= width {
		return text
	}
	var out strings.Builder
	used := first
	for i, word := range strings.Fields(text) {
		wide := ansi.StringWidth(word)
		switch {
		case i == 0:
		case used+1+wide <= width:
			out.WriteString(" ")
			used++
		default:
			out.WriteString("\n" + strings.Repeat(" ", inset))
			used = inset
		}
		out.WriteString(word)
		used += wide
	}
	return out.String()
}
