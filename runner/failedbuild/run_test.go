package failedbuild

import (
	"strings"
	"testing"
)

// TestWhatARunWrites goes through what programs of other images than the practice base say when they fail.
func TestWhatARunWrites(t *testing.T) {
	for _, tc := range []struct {
		name, run, output string
		code              string
		es, en            string // a part of what is said
	}{
		{"no name is resolved", "wget example.com", "wget: bad address 'example.com'", "1",
			"`RUN wget example.com` necesita la red, y no ha podido llegar a ella.\nLo último que escribió: `wget: bad address 'example.com'`.", "needs the network"},
		{"curl has no network", "curl https://example.com", "curl: (6) Could not resolve host: example.com", "6", "necesita la red", "needs the network"},
		{"apt has no network", "apt-get update", "W: Failed to fetch http://deb.debian.org/  Temporary failure resolving 'deb.debian.org'\nE: Some index files failed", "100", "necesita la red", "needs the network"},
		{"apk has no network", "apk add figlet", "WARNING: fetching https://x: temporary error (try again later)\nERROR: unable to select packages:\n  figlet (no such package):", "1", "necesita la red", "needs the network"},
		{"dash says a line", "figlet hola", "/bin/sh: 1: figlet: not found", "127", "no hay ningún programa `figlet`", "there is no program `figlet`"},
		{"bash says command", "figlet hola", "/bin/bash: line 1: figlet: command not found", "127", "no hay ningún programa `figlet`", "no program `figlet`"},
		{"ash", "figlet hola", "\x1b[91m/bin/sh: figlet: not found\n\x1b[0m", "127", "no hay ningún programa `figlet`", "no program `figlet`"},
		{"env finds no program", "./app", "/usr/bin/env: 'python': No such file or directory", "127", "no hay ningún programa `python`", "no program `python`"},
		{"a package without lists", "apt-get install -y figlet", "Reading package lists...\nE: Unable to locate package figlet", "100",
			"no se encuentra ningún paquete `figlet`.\nLas imágenes no traen la lista de los paquetes que hay.\nBájala en el mismo `RUN`: `apt-get update && apt-get install -y figlet`", "`apt-get update && apt-get install -y figlet`"},
		{"a package that is none", "apt-get update && apt-get install -y figlte", "E: Unable to locate package figlte", "100", "Mira cómo se llama en esta distribución", "See what it is called"},
		{"a package of apk", "apk add figlte", "ERROR: unable to select packages:\n  figlte (no such package):\n    required by: world[figlte]", "1", "ningún paquete `figlte`", "no package `figlte`"},
		{"apt asks", "apt-get update && apt-get install figlet", "Do you want to continue? [Y/n] Abort.", "1", "Añade `-y` en la línea 2", "Add `-y` on line 2"},
		{"by force", "make", "Killed", "137", "lo pararon a la fuerza (código 137)", "stopped by force"},
		{"the disk", "dd if=/dev/zero of=/x", "dd: error writing '/x': No space left on device", "1", "no queda sitio en el disco de docker", "no room left"},
		{"dash and a quote", "echo it's", "/bin/sh: 1: Syntax error: Unterminated quoted string", "2", "Hay una comilla que se abre y no se cierra: `'`.", "There is a quote"},
		{"a path without quotes", "cat /datos/x", "cat: can't open '/datos/x': No such file or directory", "1", "en la imagen no hay `/datos/x`", "there is no `/datos/x`"},
		{"a folder", "cd /datos && ls", "/bin/sh: 1: cd: can't cd to /datos", "2", "en la imagen no hay `/datos`", "there is no `/datos`"},
		{"nothing that anybody knows", "make", "make: *** No rule to make target 'all'.  Stop.", "2",
			"`Dockerfile:2`: `RUN make` terminó con el código 2, y no con 0.\nLo último que escribió: `make: *** No rule to make target 'all'. Stop.`.", "ended with the code 2"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := Build{
				Command: "docker build .", Dir: workspace(t, map[string]string{"Dockerfile": "FROM base:1\nRUN " + tc.run + "\n"}),
				Step: "Step 2/2 : RUN " + tc.run, Output: strings.Split(tc.output, "\n"),
				Error: "The command '/bin/sh -c " + tc.run + "' returned a non-zero code: " + tc.code,
			}
			e, ok := Explain(t.Context(), b)
			if got := said("es", e); !ok || !strings.Contains(got, tc.es) {
				t.Errorf("%v, es: %s\nwant %s", ok, got, tc.es)
			}
			if got := said("en", e); !strings.Contains(got, tc.en) {
				t.Errorf("en: %s\nwant %s", got, tc.en)
			}
		})
	}
}

// TestWhatBuildKitSays reads what BuildKit says where it can be heard: the steps' names, what they write, the error.
func TestWhatBuildKitSays(t *testing.T) {
	for _, tc := range []struct {
		dockerfile, step, output, error string
		es                              string // a part of what is said
	}{
		{"FROM base:1\nRUN figlet hola\n", "[2/2] RUN figlet hola", "/bin/sh: figlet: not found", "executor failed running [/bin/sh -c figlet hola]: exit code: 127",
			"`Dockerfile:2`: en la imagen no hay ningún programa `figlet`."},
		{"FROM base:1 AS compila\nRUN make\nFROM base:1\nCOPY --from=compila /x /\n", "[compila 2/2] RUN make", "no rule", "failed to solve: process \"/bin/sh -c make\" did not complete successfully: exit code: 2",
			"`Dockerfile:2`: `RUN make` terminó con el código 2, y no con 0.\nLo último que escribió: `no rule`."},
		{"FROM base:1\nCOPY nada.txt /\n", "[2/2] COPY nada.txt /", "", "failed to compute cache key: \"/nada.txt\" not found: not found",
			"`Dockerfile:2`: en la carpeta que se construye no hay `nada.txt`."},
		{"FROM base:1\nARG F=nada\nCOPY $F.txt /\n", "[2/2] COPY nada.txt /", "", "failed to compute cache key: \"/nada.txt\" not found: not found",
			"`Dockerfile:3`: en la carpeta que se construye no hay `$F.txt`."},
		{"FROM base:1\nUSER ana\nRUN ls\n", "[2/2] RUN ls", "", "executor failed running [/bin/sh -c ls]: unable to find user ana: no matching entries in passwd file",
			"`Dockerfile:2`: en la imagen no hay ningún usuario `ana`"},
		{"FROM base:1 AS compila\nRUN touch /salida\nFROM base:1\nCOPY --from=compila /salda /app\n", "[stage-1 2/2] COPY --from=compila /salda /app", "",
			"lstat /var/lib/docker/overlay2/9f/merged/salda: no such file or directory", "`Dockerfile:4`: en la etapa `compila` no está `/salda`.\nLo más parecido de lo que nombra esa etapa es `/salida`."},
		{"FROM base:1\nCOPY --link a /\n", "[internal] load build definition from Dockerfile", "",
			"failed to solve with frontend dockerfile.v0: failed to create LLB definition: dockerfile parse error line 2: Unknown flag: link",
			"`Dockerfile:2`: sólo los docker nuevos entienden `--link`."},
		{"FROM base:1\nRUN <<E\nx\nE\n", "", "", "failed to solve with frontend dockerfile.v0: failed to create LLB definition: dockerfile parse error line 3: unknown instruction: X",
			"`Dockerfile:2`: sólo los docker nuevos entienden `<<`."},
		{"FROM base:1\nCOPY --from=nada:2 /x /\n", "FROM docker.io/library/nada:2", "",
			"failed to load cache key: failed to do request: Head \"https://registry-1.docker.io/v2/library/nada/manifests/2\": dial tcp: lookup registry-1.docker.io: no such host",
			"`Dockerfile:2`: ninguna etapa de antes se llama `nada:2`."},
		{"FROM base:1\nRUN dd if=/dev/zero of=/x\n", "[2/2] RUN dd if=/dev/zero of=/x", "dd: error writing '/x': No space left on device", "executor failed running [/bin/sh -c dd]: exit code: 1",
			"no queda sitio en el disco"},
	} {
		b := Build{
			Command: "docker build .", Dir: workspace(t, map[string]string{"Dockerfile": tc.dockerfile}),
			Step: tc.step, Output: strings.Split(tc.output, "\n"), Error: tc.error,
		}
		e, ok := Explain(t.Context(), b)
		if got := said("es", e); !ok || !strings.Contains(got, tc.es) || strings.Contains(got, "constructor clásico") {
			t.Errorf("%s\n%s\n%v: %s\nwant %s", tc.step, tc.error, ok, got, tc.es)
		}
		said("en", e)
	}
}

// TestWhyTheRegistryGaveNothing reads what engines say of an image that they have not.
func TestWhyTheRegistryGaveNothing(t *testing.T) {
	for words, want := range map[string]string{
		"manifest for ubuntu:99 not found: manifest unknown: manifest unknown":                                          "build.registry-no-tag",
		"pull access denied for nada, repository does not exist or may require 'docker login'":                          "build.registry-denied",
		"toomanyrequests: You have reached your pull rate limit":                                                        "build.registry-limit",
		`Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 10.0.0.1:53: no such host`:    "build.registry-unreachable",
		"Get https://registry-1.docker.io/v2/: net/http: request canceled while waiting for connection (Client.Timeout": "build.registry-unreachable",
		"something else": "",
	} {
		x := &inquiry{Build: Build{Error: words}}
		if got := x.registryReason().ID; got != want {
			t.Errorf("%s: %q, want %q", words, got, want)
		}
	}
}
