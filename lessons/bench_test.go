package lessons_test

import (
	"io/fs"
	"os"
	"testing"
	"time"

	"capas/internal/coursetest"
	"capas/lessons"
)

func BenchmarkParse(b *testing.B) {
	src := []byte(coursetest.Lesson("x"))
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := lessons.Parse(caseFile, src, courseVars); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCatalog is a course of a thousand lessons in two languages on a disk: a list of them, their titles alone, and one lesson
// opened. «×read» is how many times as long it takes as to read all files of a language, in turn with it.
func BenchmarkCatalog(b *testing.B) {
	files := os.DirFS(coursetest.Write(b, 1000))
	for _, bm := range []struct {
		name string
		run  func(c *lessons.Course) (found int, err error)
	}{
		{"list in es", func(c *lessons.Course) (int, error) { list, err := c.Headings("es"); return len(list), err }},
		{"list in en", func(c *lessons.Course) (int, error) { list, err := c.Headings("en"); return len(list), err }},
		{"titles", func(c *lessons.Course) (int, error) { list, err := c.Titles("en"); return len(list), err }},
		{"the first", func(c *lessons.Course) (int, error) { _, err := c.Lesson("en", "lesson-0"); return 1000, err }},
		{"the last", func(c *lessons.Course) (int, error) { _, err := c.Lesson("en", "lesson-999"); return 1000, err }},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			var ours, reading time.Duration
			for b.Loop() {
				began := time.Now()
				c, err := lessons.Open(files)
				if err != nil {
					b.Fatal(err)
				}
				if found, err := bm.run(c); err != nil || found != 1000 {
					b.Fatal(found, err)
				}
				ours += time.Since(began)
				b.StopTimer()
				reading += readAll(b, files)
				b.StartTimer()
			}
			b.ReportMetric(float64(ours)/float64(reading), "×read")
		})
	}
}

func readAll(b *testing.B, files fs.FS) time.Duration {
	b.Helper()
	began := time.Now()
	entries, err := fs.ReadDir(files, "en")
	if err != nil || len(entries) != 1000 {
		b.Fatal(len(entries), err)
	}
	for _, e := range entries {
		if _, err := fs.ReadFile(files, "en/"+e.Name()); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(began)
}

func TestAThousandLessons(t *testing.T) {
	c := open(t, os.DirFS(coursetest.Write(t, 1000)))
	for _, lang := range []string{"es", "en"} {
		list, err := c.Headings(lang)
		if err != nil || len(list) != 1000 || len(list[999].Items) != 10 || list[999].Lang != lang {
			t.Fatalf("%s: %d lessons, %v", lang, len(list), err)
		}
		if l, err := c.Lesson(lang, "lesson-999"); err != nil || l.ID != "lesson-999" || l.Lang != lang {
			t.Errorf("%s: %v, %v", lang, l, err)
		}
	}
}
