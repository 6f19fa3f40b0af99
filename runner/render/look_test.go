package render

import (
	"math"
	"reflect"
	"strconv"
	"testing"
)

// TestColorsAreLegible holds every color against the background it is for, as WCAG measures it: 4.5 to 1 is what text needs.
// The backgrounds are not quite black and white, as few terminals' are.
func TestColorsAreLegible(t *testing.T) {
	for name, c := range map[string]struct {
		palette    palette
		background [3]float64
	}{
		"dark":  {onDark, [3]float64{45, 45, 45}},
		"light": {onLight, [3]float64{238, 232, 213}},
	} {
		colors := reflect.ValueOf(c.palette)
		for i := range colors.NumField() {
			part, index := colors.Type().Field(i).Name, colors.Field(i).String()
			if got := contrast(rgb(t, index), c.background); got < 4.5 {
				t.Errorf("%s %s (%s): contrast %.1f", name, part, index, got)
			}
		}
	}
}

// rgb is what xterm and its kin show for an index above 15: a cube of six by six by six, then grays.
func rgb(t *testing.T, index string) [3]float64 {
	t.Helper()
	n, err := strconv.Atoi(index)
	if err != nil || n < 16 || n > 255 {
		t.Fatalf("color %q: not between 16 and 255, where all terminals agree", index)
	}
	if n >= 232 {
		gray := float64(8 + 10*(n-232))
		return [3]float64{gray, gray, gray}
	}
	level := func(i int) float64 { return [6]float64{0, 95, 135, 175, 215, 255}[i%6] }
	n -= 16
	return [3]float64{level(n / 36), level(n / 6), level(n)}
}

func contrast(a, b [3]float64) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(c [3]float64) float64 {
	linear := func(v float64) float64 {
		if v /= 255; v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c[0]) + 0.7152*linear(c[1]) + 0.0722*linear(c[2])
}
