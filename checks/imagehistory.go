package checks

import (
	"context"
	"slices"

	"github.com/docker/docker/api/types/image"

	"capas/internal/message"
	"capas/internal/strictyaml"
)

func parseHistory(ref string, n *strictyaml.Node) ([]Check, error) {
	patterns, err := parsePatterns(n)
	var list []Check
	for _, p := range patterns {
		list = append(list, ImageHistory{ref, p})
	}
	return list, err
}

// ImageHistory is that an instruction in the image's history, its base's among them, matches a pattern. Instructions read as in
// a Dockerfile, whoever built the image: "RUN touch x", `CMD ["sh"]`, "EXPOSE 80".
type ImageHistory struct {
	Ref     string
	pattern Pattern
}

// shownRows is how many of an image's newest instructions are shown where none matches.
const shownRows = 3

// Eval reads the image's history.
func (c ImageHistory) Eval(ctx context.Context, f *Facts) (Result, error) {
	data := message.Data{"Image": c.Ref, "Pattern": c.pattern.String()}
	return f.onImage(ctx, c.Ref, message.New("checks.image.history-want", data), func(img image.InspectResponse) (Result, error) {
		rows, err := f.history(ctx, img)
		if err != nil {
			return Result{}, err
		}
		said := rowTexts(rows)
		if i := slices.IndexFunc(said, c.pattern.in); i >= 0 {
			return answer(true, message.New("checks.image.history", message.Data{"Image": c.Ref, "Instruction": said[i]}), message.Text{}), nil
		}
		lacks := message.New("checks.image.history-lacks", message.Data{"Newest": quoted(said[:min(len(said), shownRows)])})
		r := Result{Verdict: Fail, Got: lacks, Next: message.New("checks.image.history-next", data)}
		for _, row := range said {
			if foldContains(row, c.pattern.text) {
				r.Near = message.New("near.row-case", message.Data{"Row": row})
			}
		}
		return r, nil
	})
}

// rowTexts are the rows of a history as a Dockerfile would say them, the newest first.
func rowTexts(rows []image.HistoryResponseItem) []string {
	var said []string
	for _, row := range rows {
		if s := instruction(row.CreatedBy); s != "" {
			said = append(said, s)
		}
	}
	return said
}

// quoted marks each text as code, for lists in a sentence.
func quoted(texts []string) []string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = "`" + t + "`"
	}
	return out
}
