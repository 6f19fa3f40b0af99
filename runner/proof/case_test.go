package proof

import (
	"testing"

	"capas/checks"
)

// TestWordsAreFoundAcrossLines breaks the feedback where a terminal would.
func TestWordsAreFoundAcrossLines(t *testing.T) {
	r := run{kind: Mistake, says: "corrige `FROM`   y construye"}
	if why := r.wrong(checks.Fail, "- Abre el fichero, corrige\n  FROM y\n  construye otra vez."); why != "" {
		t.Error(why)
	}
	if why := r.wrong(checks.Fail, "- Abre el fichero, corrige RUN y construye otra vez."); why == "" {
		t.Error("other words are taken for those that were promised")
	}
}
