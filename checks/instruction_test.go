package checks

import "testing"

// What the classic builder (20.10), BuildKit (with docker and with buildx) and Buildah write for the same line of a Dockerfile.
func TestInstructionReadsEveryBuilder(t *testing.T) {
	for want, forms := range map[string][]string{
		"RUN touch x": {
			"/bin/sh -c touch x", "RUN /bin/sh -c touch x # buildkit", "|0 /bin/sh -c touch x",
			"|1 VERSION=2 /bin/sh -c touch x", "RUN |1 VERSION=2 /bin/sh -c touch x # buildkit", "|2 A=a long text B=2 /bin/sh -c touch x",
			"touch x", "RUN touch x # buildkit", "|1 VERSION=2 touch x",
			"/bin/bash -o pipefail -c touch x", "RUN /bin/bash -euxo pipefail -c touch x # buildkit", "/bin/ash -e -c touch x",
		},
		"RUN apt-get update && apt-get install -y vim": {
			"/bin/sh -c apt-get update     && apt-get install -y vim", "RUN /bin/sh -c apt-get update &&\tapt-get install -y vim # buildkit",
		},
		"RUN sh -c ls":        {"/bin/sh -c sh -c ls", "RUN /bin/sh -c sh -c ls # buildkit"},
		"RUN /opt/push -c x":  {"/opt/push -c x", "RUN /opt/push -c x # buildkit"},
		`CMD ["sh"]`:          {`/bin/sh -c #(nop)  CMD ["sh"]`, `CMD ["sh"]`, `/bin/sh -c #(nop) CMD ["sh"]`},
		`CMD ["ls", "-l /"]`:  {`/bin/sh -c #(nop)  CMD ["ls" "-l /"]`, `CMD ["ls" "-l /"]`},
		"CMD ls -l":           {`/bin/sh -c #(nop)  CMD ["/bin/sh" "-c" "ls -l"]`, `CMD ["/bin/sh" "-c" "ls -l"]`},
		`CMD echo "hola"`:     {`CMD ["/bin/sh" "-c" "echo \"hola\""]`},
		`ENTRYPOINT ["/run"]`: {`/bin/sh -c #(nop)  ENTRYPOINT ["/run"]`, `ENTRYPOINT ["/run"]`},
		"ENV COLOR=azul":      {"/bin/sh -c #(nop)  ENV COLOR=azul", "ENV COLOR=azul"},
		"EXPOSE 80":           {"/bin/sh -c #(nop)  EXPOSE 80", "EXPOSE map[80/tcp:{}]", "EXPOSE [80/tcp]", "EXPOSE 80/tcp"},
		"EXPOSE 443 53/udp":   {"/bin/sh -c #(nop)  EXPOSE 443 53/udp", "EXPOSE map[443/tcp:{} 53/udp:{}]"},
		"VOLUME /a /b":        {"/bin/sh -c #(nop)  VOLUME [/a /b]", "VOLUME [/a /b]"},
		"WORKDIR /app":        {"/bin/sh -c #(nop) WORKDIR /app", "WORKDIR /app"},
		"USER app":            {"/bin/sh -c #(nop)  USER app", "USER app"},
		"LABEL autora=Ana":    {"/bin/sh -c #(nop)  LABEL autora=Ana", "LABEL autora=Ana"},
		"ARG VERSION=2":       {"/bin/sh -c #(nop)  ARG VERSION=2", "ARG VERSION=2"},
		"STOPSIGNAL SIGQUIT":  {"/bin/sh -c #(nop)  STOPSIGNAL SIGQUIT", "STOPSIGNAL SIGQUIT"},
		"HEALTHCHECK CMD wget -q localhost": {
			`/bin/sh -c #(nop)  HEALTHCHECK &{["CMD-SHELL" "wget -q localhost"] "0s" "0s" "0s" '\x00'}`,
			`HEALTHCHECK &{["CMD-SHELL" "wget -q localhost"] "30s" "0s" "0s" "0s" '\x00'}`,
			`HEALTHCHECK {Test:[CMD-SHELL wget -q localhost] Interval:0s Timeout:0s StartPeriod:0s StartInterval:0s Retries:0}`,
			`/bin/sh -c #(nop)  HEALTHCHECK &{Test:[CMD-SHELL wget -q localhost] Interval:0s Timeout:0s StartPeriod:0s StartInterval:0s Retries:0}`,
		},
		`HEALTHCHECK CMD ["wget", "-q"]`:     {`HEALTHCHECK &{["CMD" "wget" "-q"] "0s" "0s" "0s" "0s" '\x00'}`, `HEALTHCHECK {Test:[CMD wget -q] Interval:0s Retries:0}`},
		"HEALTHCHECK NONE":                   {`HEALTHCHECK &{["NONE"] "0s" "0s" "0s" "0s" '\x00'}`, `HEALTHCHECK {Test:[NONE] Interval:0s Retries:0}`},
		"COPY dir:0123456789 /srv":           {"/bin/sh -c #(nop) COPY dir:0123456789abcdef0123 in /srv "},
		"COPY --chown=1:1 file:0123456789 /": {"/bin/sh -c #(nop) COPY --chown=1:1 file:0123456789abcdef0123 in / "},
		"COPY index.html /srv":               {"COPY index.html /srv # buildkit"},
		"ADD file:0123456789 /":              {"/bin/sh -c #(nop) ADD file:0123456789abcdef0123 in / "},
		"# debian.sh --arch 'amd64'":         {"# debian.sh --arch 'amd64'"},
		"":                                   {"", "  "},
	} {
		for _, form := range forms {
			if got := instruction(form); got != want {
				t.Errorf("%q reads as\n%q, want\n%q", form, got, want)
			}
		}
	}
}

func FuzzInstruction(f *testing.F) {
	f.Add("|99999999999999999999 x")
	f.Add("|3 a")
	f.Add(`HEALTHCHECK &{[`)
	f.Add("/bin/sh -c #(nop)")
	f.Fuzz(func(t *testing.T, s string) { instruction(s) })
}
