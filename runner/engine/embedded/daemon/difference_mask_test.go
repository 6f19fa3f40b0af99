//go:build linux

package daemon

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
)

// hidden is what is another each time, and the word that stands for it.
var hidden = []struct {
	pattern *regexp.Regexp
	word    string
}{
	{regexp.MustCompile(`\bdocker-(import|export)-\d+`), "docker-$1-N"},
	{regexp.MustCompile(`\b[0-9a-f]{64}\b`), "ID"},
	{regexp.MustCompile(`\b[0-9a-f]{12}\b`), "ID"},
	{regexp.MustCompile(`\b(file|dir|multi):[0-9a-f]+…?`), "$1:ID"},                    // of a context; its tar has other modes in 28
	{regexp.MustCompile(`(?m)^time=\S+ level=error msg="Can't .* closed pipe"\n`), ""}, // comes if the client still writes
	{regexp.MustCompile(`\b20(2[1-9]|[3-9]\d)-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(Z| ?[+-]\d\d:?\d\d)?( UTC)?`), "TIME"},
	{regexp.MustCompile(`\b(\d+|About an?|Less than a) (second|minute|hour|day|week|month)s?\b( ago)?`), "TIME"},
	{regexp.MustCompile(`\b1[789]\d{8}(\.?\d{9})?\b`), "TIME"},
	{regexp.MustCompile(`\b[A-Z][a-z]{2} [ \d]\d \d\d:\d\d\b`), "TIME"}, // of ls
	{regexp.MustCompile(`\r`), ""},
	{regexp.MustCompile(`\x1b\[\d*m`), ""},
	{regexp.MustCompile(`"Pid": [1-9]\d*`), `"Pid": 1`},
	{regexp.MustCompile(`/l/[A-Z0-9]{26}\b`), "/l/ID"},
	{regexp.MustCompile(`(?m)^ID: (Waiting|Preparing|Verifying Checksum|Download complete|Pulling fs layer)\n`), ""}, // comes if there is time for it
	{regexp.MustCompile(`  +`), "  "},                                                                                // the width of a column is that of the longest time
	{regexp.MustCompile(`(?m) +$`), ""},
}

func mask(text string) string {
	for _, h := range hidden {
		text = h.pattern.ReplaceAllString(text, h.word)
	}
	return text
}

// differences are those between what the two engines said that are not known.
func differences(theirs, ours said, known *known) []string {
	if theirs.err != nil || ours.err != nil {
		return []string{fmt.Sprintf("could not be run: %v, %v", theirs.err, ours.err)}
	}
	var all []string
	if theirs.exit != ours.exit {
		all = append(all, fmt.Sprintf("exit code\n- %d\n+ %d", theirs.exit, ours.exit))
	}
	for _, stream := range []struct{ name, theirs, ours string }{
		{"standard output", theirs.stdout, ours.stdout},
		{"standard error", theirs.stderr, ours.stderr},
	} {
		if d := differs(stream.theirs, stream.ours, known); d != "" {
			all = append(all, stream.name+"\n"+d)
		}
	}
	return all
}

// differs is the difference between two texts, field by field where both are JSON; - is Docker's engine and + ours.
func differs(theirs, ours string, known *known) string {
	if theirs == ours {
		return ""
	}
	a, b := fieldsOf(theirs), fieldsOf(ours)
	if a != nil && b != nil {
		return fieldsDiffer(a, b, known)
	}
	theirs = known.saidByUs(theirs, ours)
	if theirs == ours {
		return ""
	}
	return string(diff.Diff("Docker's", []byte(theirs), "ours", []byte(ours)))
}

func prefixed(mark, text string) string {
	var all strings.Builder
	for line := range strings.Lines(text) {
		all.WriteString(mark + strings.TrimSuffix(line, "\n") + "\n")
	}
	return all.String()
}

func fieldsDiffer(theirs, ours map[string]string, known *known) string {
	all := maps.Clone(theirs)
	maps.Copy(all, ours)
	var out strings.Builder
	for _, path := range slices.Sorted(maps.Keys(all)) {
		if theirs[path] != ours[path] && !known.field(path) {
			out.WriteString(prefixed("- ", path+" "+theirs[path]) + prefixed("+ ", path+" "+ours[path]))
		}
	}
	return out.String()
}

// fieldsOf are the values in a JSON document by their path, without the places in lists; nil where it is none.
func fieldsOf(text string) map[string]string {
	var document any
	if !strings.HasPrefix(text, "[") && !strings.HasPrefix(text, "{") || json.Unmarshal([]byte(text), &document) != nil {
		return nil
	}
	fields := map[string]string{}
	collect(fields, "", document)
	return fields
}

func collect(fields map[string]string, path string, value any) {
	switch value := value.(type) {
	case map[string]any:
		for name, v := range value {
			collect(fields, strings.TrimPrefix(path+"."+name, "."), v)
		}
		if len(value) == 0 {
			fields[path] += " {}"
		}
	case []any:
		for _, v := range value {
			collect(fields, path, v)
		}
		if len(value) == 0 {
			fields[path] += " []"
		}
	default:
		text, _ := json.Marshal(value) // it was JSON
		fields[path] += " " + string(text)
	}
}
