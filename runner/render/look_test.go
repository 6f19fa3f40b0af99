package render

import (
	"math"
	"reflect"
	"strconv"
	"testing"
)

// TestColorsAreLegible holds every color against the backgrounds it is for, as WCAG measures it: 4.5 to 1 is what text needs,
// 3 to 1 what large or heavy text does. Few terminals are quite black or white; on a background that nobody told, black,
// white and what is nearly so, no color has 4.5 everywhere: 4.3 on the pure ones and 3 on the others is the best there is.
func TestColorsAreLegible(t *testing.T) {
	black, gray, cream, white := [3]float64{0, 0, 0}, [3]float64{45, 45, 45}, [3]float64{238, 232, 213}, [3]float64{255, 255, 255}
	for _, c := range []struct {
		name        string
		background  Background
		least       float64
		backgrounds [][3]float64
	}{
		{"dark", Dark, 4.5, [][3]float64{black, gray}},
		{"light", Light, 4.5, [][3]float64{white, cream}},
		{"unknown, pure", Unknown, 4.3, [][3]float64{black, white}},
		{"unknown, nearly", Unknown, 3, [][3]float64{gray, cream}},
	} {
		colors := reflect.ValueOf(palettes[c.background])
		for i := range colors.NumField() {
			part, index := colors.Type().Field(i).Name, colors.Field(i).String()
			for _, b := range c.backgrounds {
				got := contrast(rgb(t, index), b)
				t.Logf("%-15s %-8s %3s on %v: %.2f", c.name, part, index, b, got)
				if got < c.least {
					t.Errorf("%s: %s (%s) on %v: contrast %.2f, want %.1f", c.name, part, index, b, got, c.least)
				}
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
