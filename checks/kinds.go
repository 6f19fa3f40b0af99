package checks

import "slices"

// Kind documents one kind of condition, for those who write lessons.
type Kind struct {
	Subject, Key string // where it is written: "image", "layers"; no Key where naming the subject is enough
	Sentence     string // what it asks
	Holds, Fails string // the same condition on one engine, as it is written under «checks:»: once it holds, once it does not
}

// Name is the kind's name: "image layers", "image config cmd", "same".
func (k Kind) Name() string {
	if k.Key == "" {
		return k.Subject
	}
	return k.Subject + " " + k.Key
}

// Kinds are all kinds of condition, in the order in which they are asked.
//
// Their examples are about one engine: it has base:1; hola:1, made from it, also named hola:latest; hola:2, another one; and two
// containers of hola:1, web that runs and tarea that has ended. When the attempt began only base:1 and vieja:1 were there. The
// workspace has the folder hola with the Dockerfile of hola:1. The registry localhost:5018, into which the learner is logged in, has
// hola:1 as ana/hola:1. Of the quizzes, filas was answered right.
func Kinds() []Kind {
	return slices.Concat(imageKinds, configKinds, fileKinds, runKinds, imagesKinds, sameKinds, containerKinds, dockerfileKinds, workspaceKinds, registryKinds, askedKinds)
}

var imageKinds = []Kind{
	{
		Subject: "image", Key: "exists",
		Sentence: "An image with this name is on the engine; true is what naming it means anyway. With false there is none, and nothing else can be asked of it.",
		Holds:    `{image: "hola:1", exists: true}`,
		Fails:    `{image: "hola:1", exists: false}`,
	}, {
		Subject: "image", Key: "gone",
		Sentence: "The name was on the engine when the attempt began or since, and is no more. Nothing else can be asked of it.",
		Holds:    `{image: "vieja:1", gone: true}`,
		Fails:    `{image: "nunca:1", gone: true}`,
	}, {
		Subject: "image", Key: "platform",
		Sentence: "The image is made for this platform, system/architecture; a variant counts where one is written.",
		Holds:    `{image: "hola:1", platform: linux/amd64}`,
		Fails:    `{image: "hola:1", platform: linux/arm64}`,
	}, {
		Subject: "image", Key: "fresh",
		Sentence: "The image's id was not on the engine when the attempt began: it was built or fetched since. A store of containerd gives every build a new id, one that comes from the cache entirely too.",
		Holds:    `{image: "hola:1", fresh: true}`,
		Fails:    `{image: "base:1", fresh: true}`,
	}, {
		Subject: "image", Key: "from",
		Sentence: "The image begins with all layers of another. That one has to be on the engine, or it cannot be told: a build with BuildKit uses a base without keeping it as an image.",
		Holds:    `{image: "hola:1", from: "base:1"}`,
		Fails:    `{image: "base:1", from: "hola:1"}`,
	}, {
		Subject: "image", Key: "layers",
		Sentence: "The number of layers, those of the base among them; rows of the history that only configure are none. A plain number is exact.",
		Holds:    `{image: "hola:1", layers: ">= 2"}`,
		Fails:    `{image: "hola:1", layers: 2}`,
	}, {
		Subject: "image", Key: "size",
		Sentence: "The sum of the sizes of the layers, as docker history shows them. No exact size can be asked: engines count differently; leave a few kB for that.",
		Holds:    `{image: "hola:1", size: "< 20MB"}`,
		Fails:    `{image: "hola:1", size: "< 20kB"}`,
	}, {
		Subject: "image", Key: "history",
		Sentence: "An instruction in the image's history, its base's among them, matches each pattern: a regular expression, or a text as it stands. Instructions read as in a Dockerfile, whoever built the image; only the names of copied files are lost with the classic builder.",
		Holds:    `{image: "hola:1", history: ["RUN touch", 'CMD ls /taller']}`,
		Fails:    `{image: "hola:1", history: "RUN apt-get"}`,
	},
}

var configKinds = []Kind{
	{
		Subject: "image", Key: "config cmd",
		Sentence: "The command. A list is compared word for word; a text is the shell form, without brackets in the Dockerfile.",
		Holds:    `{image: "hola:1", config: {cmd: "ls /taller"}}`,
		Fails:    `{image: "hola:1", config: {cmd: [ls, /taller]}}`,
	}, {
		Subject: "image", Key: "config entrypoint",
		Sentence: "The entrypoint, written like cmd.",
		Holds:    `{image: "hola:2", config: {entrypoint: [/bin/entrada]}}`,
		Fails:    `{image: "hola:1", config: {entrypoint: [/bin/entrada]}}`,
	}, {
		Subject: "image", Key: "config env",
		Sentence: "Variables with exactly these values; of a list of names, that they are set.",
		Holds:    `{image: "hola:1", config: {env: {COLOR: azul}}}`,
		Fails:    `{image: "hola:1", config: {env: [SABOR]}}`,
	}, {
		Subject: "image", Key: "config user",
		Sentence: "The user of the image's processes. No user, root and 0 are one.",
		Holds:    `{image: "hola:1", config: {user: app}}`,
		Fails:    `{image: "hola:1", config: {user: root}}`,
	}, {
		Subject: "image", Key: "config workdir",
		Sentence: "The working directory; none is /.",
		Holds:    `{image: "hola:1", config: {workdir: /taller}}`,
		Fails:    `{image: "base:1", config: {workdir: /taller}}`,
	}, {
		Subject: "image", Key: "config labels",
		Sentence: "Labels with exactly these values.",
		Holds:    `{image: "hola:1", config: {labels: {autora: Ana}}}`,
		Fails:    `{image: "hola:1", config: {labels: {autora: Eva}}}`,
	}, {
		Subject: "image", Key: "config ports",
		Sentence: "Ports that the image declares with EXPOSE, perhaps among others; tcp where nothing else is written.",
		Holds:    `{image: "hola:1", config: {ports: ["80"]}}`,
		Fails:    `{image: "hola:1", config: {ports: ["80/udp"]}}`,
	}, {
		Subject: "image", Key: "config volumes",
		Sentence: "Folders that the image declares with VOLUME, perhaps among others.",
		Holds:    `{image: "hola:1", config: {volumes: [/datos]}}`,
		Fails:    `{image: "base:1", config: {volumes: [/datos]}}`,
	}, {
		Subject: "image", Key: "config healthcheck",
		Sentence: "A text in the command of the health check; false: there is no health check.",
		Holds:    `{image: "hola:1", config: {healthcheck: wget}}`,
		Fails:    `{image: "hola:1", config: {healthcheck: false}}`,
	}, {
		Subject: "image", Key: "config stopsignal",
		Sentence: "The signal that stops its containers, with or without SIG.",
		Holds:    `{image: "hola:1", config: {stopsignal: SIGQUIT}}`,
		Fails:    `{image: "base:1", config: {stopsignal: SIGQUIT}}`,
	},
}

var fileKinds = []Kind{
	{
		Subject: "image", Key: "files exists",
		Sentence: "There is something at a path of the image; true is what naming the path with any other condition means anyway. With false there is nothing.",
		Holds:    `{image: "hola:1", files: {/taller/listo: {exists: true}}}`,
		Fails:    `{image: "hola:1", files: {/taller/lista: {exists: true}}}`,
	}, {
		Subject: "image", Key: "files type",
		Sentence: "It is a file, a directory or a symlink. All other conditions on a symlink look at what it leads to.",
		Holds:    `{image: "hola:1", files: {/taller: {type: directory}}}`,
		Fails:    `{image: "hola:1", files: {/taller: {type: file}}}`,
	}, {
		Subject: "image", Key: "files mode",
		Sentence: "The permissions, as octal digits in quotes.",
		Holds:    `{image: "hola:1", files: {/taller/color: {mode: "0640"}}}`,
		Fails:    `{image: "hola:1", files: {/taller/color: {mode: "0644"}}}`,
	}, {
		Subject: "image", Key: "files owner",
		Sentence: "The user, or user:group, that it belongs to: by number in quotes, or by a name that the image's /etc/passwd and /etc/group know.",
		Holds:    `{image: "hola:1", files: {/taller/color: {owner: "app:1000"}}}`,
		Fails:    `{image: "hola:1", files: {/taller/listo: {owner: app}}}`,
	}, {
		Subject: "image", Key: "files size",
		Sentence: "The size of a file: > 0 is not empty.",
		Holds:    `{image: "hola:1", files: {/taller/color: {size: "> 0"}}}`,
		Fails:    `{image: "hola:1", files: {/taller/listo: {size: "> 0"}}}`,
	}, {
		Subject: "image", Key: "files contains",
		Sentence: "The file has this text, or all these. A file of more than 1 MiB is not read, and the condition is unknown.",
		Holds:    `{image: "hola:1", files: {/taller/color: {contains: azul}}}`,
		Fails:    `{image: "hola:1", files: {/taller/color: {contains: rojo}}}`,
	}, {
		Subject: "image", Key: "files matches",
		Sentence: "The file matches this pattern, or all these; ^ and $ are the ends of a line. A file of more than 1 MiB is not read, and the condition is unknown.",
		Holds:    `{image: "hola:1", files: {/taller/color: {matches: "^az.l$"}}}`,
		Fails:    `{image: "hola:1", files: {/taller/color: {matches: "^zul"}}}`,
	},
}

var runKinds = []Kind{
	{
		Subject: "image", Key: "run exit",
		Sentence: "docker run IMAGE cmd ends with this code, 0 where none is written, within 10 seconds or what within says (2 minutes at most). It runs without network, with 256 MiB and 128 processes at most. Without cmd it runs what the image does; cmd is a list, or text as it is typed.",
		Holds:    `{image: "hola:1", run: {cmd: ls /taller, exit: 0, within: 5s}}`,
		Fails:    `{image: "hola:1", run: {cmd: [ls, /nada], exit: 0}}`,
	}, {
		Subject: "image", Key: "run stdout",
		Sentence: "What it writes to the standard output matches each pattern. The first 64 KiB are read.",
		Holds:    `{image: "hola:1", run: {stdout: listo}}`,
		Fails:    `{image: "hola:1", run: {stdout: [listo, lista]}}`,
	}, {
		Subject: "image", Key: "run stderr",
		Sentence: "What it writes to the standard error matches each pattern. The first 64 KiB are read.",
		Holds:    `{image: "hola:1", run: {cmd: ls /nada, exit: 2, stderr: "No such file"}}`,
		Fails:    `{image: "hola:1", run: {cmd: ls /taller, stderr: "No such file"}}`,
	},
}

var imagesKinds = []Kind{
	{
		Subject: "images", Key: "count",
		Sentence: "How many images have a name like reference (docker images --filter reference=: * for any part, any tag where none is written), a label (key or key=value), and with dangling: true no name, with false some; all that is written must fit. At least one where no count is written; a plain number is exact, and 0 asks that there is none. An image with two names is one. Of those without a name only those count that are so since the attempt began, or that a scene made, unless a label says which are meant: others are the learner's own. Moving a name to another image leaves one without on every engine; building again under it does not where BuildKit builds into a store of containerd.",
		Holds:    `{images: {reference: "hola:*"}, count: 2}`,
		Fails:    `{images: {dangling: true, label: papel=resto}}`,
	}, {
		Subject: "images", Key: "gone",
		Sentence: "Such images were on the engine when the attempt began or since, and there is none any more. Those without a name are told apart as by count.",
		Holds:    `{images: {reference: "vieja:*"}, gone: true}`,
		Fails:    `{images: {reference: "hola:*"}, gone: true}`,
	},
}

var sameKinds = []Kind{
	{
		Subject:  "same",
		Sentence: "Two names, or more, are of one image.",
		Holds:    `{same: ["hola:1", "hola:latest"]}`,
		Fails:    `{same: ["hola:1", "hola:2"]}`,
	}, {
		Subject:  "different",
		Sentence: "Two names, or more, are of as many images.",
		Holds:    `{different: ["hola:1", "hola:2"]}`,
		Fails:    `{different: ["hola:1", "hola:latest"]}`,
	},
}

var containerKinds = []Kind{
	{
		Subject:  "container",
		Sentence: "There is a container, running or not, of this image, with this name, with this label (key or key=value); all that is written must fit. It is of an image when made from it, not when made from what had that name before. Every condition beside must be true of one and the same container.",
		Holds:    `{container: {image: "hola:1", name: web}}`,
		Fails:    `{container: {image: "hola:2"}}`,
	}, {
		Subject: "container", Key: "state",
		Sentence: "Its state: created, running, paused, restarting, removing, exited or dead.",
		Holds:    `{container: {name: web}, state: running}`,
		Fails:    `{container: {name: web}, state: exited}`,
	}, {
		Subject: "container", Key: "exit",
		Sentence: "It has ended with this code.",
		Holds:    `{container: {image: "hola:1"}, exit: 0}`,
		Fails:    `{container: {name: web}, exit: 0}`,
	}, {
		Subject: "container", Key: "logs",
		Sentence: "What it has written, to either output, matches each pattern. The first MiB is read.",
		Holds:    `{container: {image: "hola:1"}, logs: listo}`,
		Fails:    `{container: {image: "hola:1"}, logs: lista}`,
	}, {
		Subject: "container", Key: "changed",
		Sentence: "docker diff names each path: added, changed or deleted in the container.",
		Holds:    `{container: {name: tarea}, changed: [/taller/nuevo]}`,
		Fails:    `{container: {name: web}, changed: [/taller/nuevo]}`,
	}, {
		Subject: "container", Key: "count",
		Sentence: "How many containers fit, with all conditions beside; at least one where nothing is written. A plain number is exact, and 0 asks that there is none.",
		Holds:    `{container: {image: "hola:1"}, count: 2}`,
		Fails:    `{container: {image: "hola:1"}, state: running, count: ">= 2"}`,
	},
}

var dockerfileKinds = []Kind{
	{
		Subject:  "dockerfile",
		Sentence: "There is a Dockerfile at this path of the workspace, and docker can read it.",
		Holds:    `{dockerfile: hola/Dockerfile}`,
		Fails:    `{dockerfile: hola/dockerfile}`,
	}, {
		Subject: "dockerfile", Key: "base",
		Sentence: "What its last stage begins from, with arguments at their defaults; scratch too.",
		Holds:    `{dockerfile: hola/Dockerfile, base: "base:1"}`,
		Fails:    `{dockerfile: hola/Dockerfile, base: scratch}`,
	}, {
		Subject: "dockerfile", Key: "stages",
		Sentence: "The number of stages, each of which a FROM begins. A plain number is exact.",
		Holds:    `{dockerfile: hola/Dockerfile, stages: 1}`,
		Fails:    `{dockerfile: hola/Dockerfile, stages: ">= 2"}`,
	}, {
		Subject: "dockerfile", Key: "instructions",
		Sentence: "These instructions in this order, others may stand between; what is written after the word is part of the instruction's text.",
		Holds:    `{dockerfile: hola/Dockerfile, instructions: [FROM, RUN touch, CMD]}`,
		Fails:    `{dockerfile: hola/Dockerfile, instructions: [CMD, RUN touch]}`,
	}, {
		Subject: "dockerfile", Key: "avoid",
		Sentence: "It breaks none of these rules.",
		Holds:    `{dockerfile: hola/Dockerfile, avoid: [latest-base]}`,
		Fails:    `{dockerfile: hola/Dockerfile, avoid: [latest-base, cd-in-run]}`,
	},
}

var workspaceKinds = []Kind{
	{
		Subject: "file", Key: "exists",
		Sentence: "There is a file at this path of the workspace, or a folder where the path ends in /; true is what naming it means anyway. With false there is nothing.",
		Holds:    `{file: hola/, exists: true}`,
		Fails:    `{file: hola/Dockerfile, exists: false}`,
	}, {
		Subject: "file", Key: "contains",
		Sentence: "The file has this text, or all these.",
		Holds:    `{file: hola/Dockerfile, contains: [touch, /taller]}`,
		Fails:    `{file: hola/Dockerfile, contains: Touch}`,
	}, {
		Subject: "file", Key: "matches",
		Sentence: "The file matches this regular expression, or all these; ^ and $ are the ends of a line.",
		Holds:    `{file: hola/Dockerfile, matches: "^FROM base"}`,
		Fails:    `{file: hola/Dockerfile, matches: "^touch"}`,
	},
}

var registryKinds = []Kind{
	{
		Subject:  "pushed",
		Sentence: "The registry that the name says holds an image under it now. The registry itself is asked, as the learner; without a login that it wants it cannot be told.",
		Holds:    `{pushed: "localhost:5018/ana/hola:1"}`,
		Fails:    `{pushed: "localhost:5018/ana/hola:2"}`,
	}, {
		Subject: "pushed", Key: "same_as",
		Sentence: "What it holds there is this image, which has to be on the engine: the same layers, made at the same time. Ids and digests are not compared, since they differ from one image store to another.",
		Holds:    `{pushed: "localhost:5018/ana/hola:1", same_as: "hola:1"}`,
		Fails:    `{pushed: "localhost:5018/ana/hola:1", same_as: "hola:2"}`,
	}, {
		Subject:  "login",
		Sentence: "The learner's docker keeps credentials for this registry, in its configuration or a credential helper, and the registry accepts them.",
		Holds:    `{login: "localhost:5018"}`,
		Fails:    `{login: "localhost:5017"}`,
	},
}

var askedKinds = []Kind{
	{
		Subject:  "asked",
		Sentence: "The learner asked the engine for this, and it went well: history, images, inspect, pull, build, tag, push, run, rm, prune or login; with of, of this image, under any of its names, ids and digests. images, inspect, rm and prune are of images, docker image ls and so on; run is of a container's first start, tag of either name, login of the registry, and a list of all images is of each. Where nobody can see what was asked, the quiz that unseen names has to be answered right instead: let it ask for what only those know who have looked.",
		Holds:    `{asked: history, of: "hola:1", unseen: filas}`,
		Fails:    `{asked: history, of: "hola:1", unseen: capas}`,
	},
}
