package checks

import (
	"errors"
	"strings"
	"testing"

	"capas/internal/strictyaml"
)

func TestParseErrorsSayWhatIsWrongAndWhere(t *testing.T) {
	for _, tt := range []struct{ spec, want string }{
		{`[]`, "1:1: want a list with at least one item"},
		{`- hola`, `1:3: want «key: value» lines`},
		{`- imagen: hola`, `1:3: unknown check "imagen" (did you mean "image"?)`},
		{`- exists: true`, `1:3: a check without a subject: "exists" is none of`},
		{"- image: hola\n  same: [a, b]", `2:3: one check about "image" and "same": write two checks`},
		{"- image: hola\n  layer: 2", `2:3: unknown key "layer" in image check (did you mean "layers"?)`},
		{"- image: 1.10", `1:10: want text, found the number 1.10: put it in quotes`},
		{"- image: Hola", `"Hola" is no name of an image: invalid reference format: repository name`},
		{"- image:", `1:3: want text, found nothing`},
		{"- {image: hola, exists: no}", `want true or false`},
		{"- {image: hola, exists: false, layers: 2}", "1:25: an image that must not be there"},
		{"- {image: hola, gone: true, size: < 1MB}", "an image that must not be there"},
		{"- {image: hola, gone: false}", "gone: false checks nothing"},
		{"- {image: hola, fresh: false}", "fresh: false checks nothing"},
		{"- {image: hola, from: scratch}", "scratch is no image"},
		{"- {image: hola, from: 'hola:latest'}", "an image is always made from itself"},
		{"- {image: hola, platform: amd64}", `"amd64" is no platform`},
		{"- {image: hola, layers: '>= 0'}", "always holds: it checks nothing"},
		{"- {image: hola, layers: '< 0'}", "never holds"},
		{"- {image: hola, layers: some}", `"some" is no bound: write it like ">= 2"`},
		{"- {image: hola, layers: -1}", `is no bound`},
		{"- {image: hola, layers: [1]}", `want text, found a list`},
		{"- {image: hola, size: 20MB}", "differs from one engine to another"},
		{"- {image: hola, size: < 20 apples}", "is no bound"},
		{"- {image: hola, history: []}", "want a list with at least one item"},
		{"- {image: hola, history: ['RUN (']}", "cannot be read: error parsing regexp"},
		{"- {image: hola, history: '.*'}", "is found in anything: it checks nothing"},
		{"- {image: hola, history: ''}", "is found in anything: it checks nothing"},
		{"- {image: hola, config: {}}", "want at least one"},
		{"- {image: hola, config: {comand: ls}}", `unknown key "comand" in config`},
		{"- {image: hola, config: {cmd: ''}}", "an empty CMD"},
		{"- {image: hola, config: {cmd: []}}", "at least one item"},
		{"- {image: hola, config: {user: 1000}}", "put it in quotes"},
		{"- {image: hola, config: {env: {A: 1}}}", "put it in quotes"},
		{"- {image: hola, config: {ports: [80]}}", "put it in quotes"},
		{"- {image: hola, config: {ports: ['70000']}}", `"70000" is no port`},
		{"- {image: hola, config: {ports: ['80/http']}}", `"80/http" is no port`},
		{"- {image: hola, config: {volumes: [datos]}}", `"datos" is no volume`},
		{"- {image: hola, config: {healthcheck: true}}", "put it in quotes"},
		{"- {image: hola, files: [/a]}", "want «key: value» lines"},
		{"- {image: hola, files: {a: {exists: true}}}", `"a" is no path in an image`},
		{"- {image: hola, files: {/a/: {exists: true}}}", `"/a/" is no path in an image`},
		{"- {image: hola, files: {/a: {exist: true}}}", `unknown key "exist" in file of an image (did you mean "exists"?)`},
		{"- {image: hola, files: {/a: {exists: false, mode: '0644'}}}", "exists: false beside another condition on /a"},
		{"- {image: hola, files: {/a: {mode: 0644}}}", "put it in quotes"},
		{"- {image: hola, files: {/a: {mode: rw-r--r--}}}", "is no mode"},
		{"- {image: hola, files: {/a: {mode: '888'}}}", "is no mode"},
		{"- {image: hola, files: {/a: {owner: 'a b'}}}", "is no owner"},
		{"- {image: hola, files: {/a: {type: folder}}}", `unknown type "folder": want one of file, directory, symlink`},
		{"- {image: hola, files: {/a: {contains: ''}}}", "an empty text is in every file"},
		{"- {image: hola, files: {/a: {}}}", "want at least one"},
		{"- {image: hola, run: {within: 5}}", "put it in quotes"},
		{"- {image: hola, run: {within: 1h}}", "want a time up to 2m0s"},
		{"- {image: hola, run: {exit: 256}}", "want a code from 0 to 255"},
		{"- {image: hola, run: {exit: true}}", "want a code from 0 to 255"},
		{"- {image: hola, run: {cmd: 'ls \"'}}", "cannot be split into words"},
		{"- {image: hola, run: {cmd: ' '}}", "an empty command"},
		{"- {image: hola, run: {stdot: x}}", `unknown key "stdot" in run (did you mean "stdout"?)`},
		{"- images: hola", "want «key: value» lines"},
		{"- images: {}", "want at least one"},
		{"- images: {danglin: true}", `1:12: unknown key "danglin" in images (did you mean "dangling"?)`},
		{"- {images: {label: a}, cuont: 2}", `unknown key "cuont" in images check (did you mean "count"?)`},
		{"- images: {dangling: yes}", "want true or false"},
		{"- images: {dangling: false}", "1:22: dangling: false alone fits every image with a name"},
		{"- images: {dangling: true, reference: hola}", "an image without a name has none that could fit"},
		{"- images: {dangling: false, reference: hola}", "dangling: false beside reference checks nothing"},
		{"- images: {reference: ''}", "fits nearly any name"},
		{"- images: {reference: '*'}", "fits nearly any name"},
		{"- images: {reference: '*:1'}", "fits nearly any name"},
		{"- images: {reference: 'Hola:*'}", `1:23: "Hola:*" is no name of images`},
		{"- images: {reference: 'hola:[1'}", `"hola:[1" is no name of images`},
		{"- images: {reference: 'hola:[]'}", `the pattern "hola:[]" cannot be read`},
		{"- images: {reference: 'hola@sha256:abc'}", "is one image: ask with «image:»"},
		{"- images: {reference: 1}", "put it in quotes"},
		{"- images: {label: ''}", "is no label"},
		{"- images: {label: =x}", "is no label"},
		{"- {images: {label: a}, gone: false}", "gone: false checks nothing"},
		{"- {images: {label: a}, gone: true, count: 0}", "1:30: gone: true beside count"},
		{"- {images: {label: a}, count: '>= 0'}", "always holds"},
		{"- {images: {label: a}, image: hola}", "write two checks"},
		{"- same: hola", "want a list"},
		{"- same: [hola]", "want two names of images, found one"},
		{"- same: [hola, 'hola:latest']", "is there twice"},
		{"- {same: [a, b], layers: 2}", `unknown key "layers" in same check`},
		{"- container: hola", "want «key: value» lines"},
		{"- container: {}", "want at least one"},
		{"- container: {imagen: a}", `unknown key "imagen" in container (did you mean "image"?)`},
		{"- container: {name: ''}", "an empty name fits any container"},
		{"- {container: {name: a}, count: '>= 0'}", "always holds"},
		{"- {container: {name: a}, state: stopped}", `unknown state "stopped"`},
		{"- {container: {name: a}, exit: -1}", "want a code from 0 to 255"},
		{"- {container: {name: a}, changed: [a]}", `"a" is no path in a container`},
	} {
		n, err := strictyaml.Parse([]byte(tt.spec))
		if err != nil {
			t.Errorf("%s: %v", tt.spec, err)
			continue
		}
		_, err = Parse(n)
		var placed *strictyaml.Error
		if !errors.As(err, &placed) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s\ngot  %v\nwant %s", tt.spec, err, tt.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, k := range Kinds() {
		f.Add("- " + k.Holds)
		f.Add("- " + k.Fails)
	}
	f.Add("- {images: {dangling: false, label: a=b}, count: '> 1'}\n- images: {reference: 'a/[b-c]?\\\\*:v*'}")
	f.Add("- {dockerfile: Dockerfile, instructions: [FROM, RUN]}\n- {file: a, contains: b}")
	f.Fuzz(func(t *testing.T, spec string) {
		n, err := strictyaml.Parse([]byte(spec))
		if err != nil {
			return
		}
		list, err := Parse(n)
		var placed *strictyaml.Error
		switch lines := strings.Count(spec, "\n") + 1; {
		case err == nil && len(list) == 0:
			t.Errorf("neither a check nor an error")
		case err != nil && list != nil:
			t.Errorf("checks and an error: %v", err)
		case err != nil && !errors.As(err, &placed):
			t.Errorf("an error without its place: %v", err)
		case err != nil && (placed.Line < 1 || placed.Col < 1 || placed.Line > lines):
			t.Errorf("a place outside of the text: %v", err)
		}
	})
}
