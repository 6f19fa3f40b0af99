// Package lessons reads courses: what a lesson is, how its file is written, and what is wrong with one.
//
// It knows nothing of terminals, learners and engines. What follows is the whole format, for those who write lessons.
//
// # A course
//
// A course is a folder with a file course.yaml and one folder of lessons for each language, named by its two letters:
//
//	course.yaml
//	es/10-imagen-y-contenedor.md
//	es/20-capas.md
//	en/10-image-and-container.md
//	en/20-layers.md
//
// The file of a lesson is called NN-some-words.md: digits, a hyphen, then small letters a-z, digits and hyphens. The digits
// only keep the folder tidy; the order is that of course.yaml. Other files are not read.
//
//	id: docker-images               # small letters a-z, digits, hyphens; never changed
//	title:                          # in each language, one line
//	  es: Imágenes de Docker
//	  en: Docker images
//	summary:                        # may be left out
//	  es: Qué es una imagen y cómo se construye
//	language: es                    # the default language, which has every lesson
//	version: "1.0"                  # in quotes: it is text
//	vars:                           # variables for every lesson; may be left out
//	  user: ana
//	lessons:                        # ids of lessons, in order
//	  - image-and-container
//	  - layers
//
// A lesson that is missing in a language is shown in the default one.
//
// # A lesson
//
// A lesson is a Markdown file in UTF-8, with the same id in every language. It begins with its front matter, between two
// lines of three hyphens:
//
//	---
//	id: layers
//	title: Capas
//	summary: De qué está hecha una imagen
//	minutes: 12
//	needs: [image-and-container]
//	vars:
//	  port: "8080"
//	---
//
// Its keys, and no others:
//
//	id        small letters a-z, digits and hyphens; unique in the course; never changed, since progress is kept under it
//	title     one line of text
//	summary   one line of text; may be left out
//	minutes   how long it takes, a whole number from 1 to 600; may be left out
//	needs     ids of lessons that come before it; may be left out
//	vars      variables of this lesson only; may be left out
//
// Variables are not replaced in front matter.
//
// What follows the front matter up to the first step is the lesson's opening. A line
//
//	## Mira la historia de una imagen
//
// opens a step, which is read one at a time and goes on up to the next such line. A lesson has at least one. Headings of
// other levels are part of the text, and so is a heading within a list, a quote or a block of code. A paragraph with a line of
// hyphens right below it is a heading in Markdown; here it is an error, since a rule (---) with an empty line above is what
// was meant as a rule, and «## …» what was meant as a step.
//
// A step holds prose, exercises and quizzes in any order. Prose is Markdown: paragraphs, lists, tables, quotes, code, and
// pictures, of which a terminal shows the alternative text. A block of code that is a drawing of lines and boxes says in its
// first line what it shows, for those who hear the lesson:
//
//	```drawing Dos nombres, sopa:1 y sopa:hoy, llevan a la misma imagen
//	…
//	```
//
// Prose is cut at each exercise and quiz, so that the definition of a
// link («[docs]: https://…») holds only in the stretch that it stands in; links in full ([docs](https://…)) hold anywhere.
//
// # Exercises and quizzes
//
// An exercise or a quiz is a fenced block whose info string says which it is, and its id:
//
//	```exercise see-history
//	…
//	```
//
//	```quiz rows-and-layers
//	…
//	```
//
// The id is of small letters a-z, digits and hyphens, in English, the same in every language, unique in the course, and never
// changed. The fence stands at the outermost level, indented by three blanks at most: an exercise or quiz within a list or a
// quote is an error. A fence that holds fences of its own has more backquotes than they have (four are enough):
//
//	````quiz what-runs
//	¿Qué hace esta receta?
//
//	```dockerfile
//	FROM ubuntu
//	RUN ls
//	```
//
//	- [x] Lista los ficheros al construir
//	- [ ] Lista los ficheros al arrancar
//	````
//
// # Exercise
//
// The block of an exercise is YAML (see below for what YAML may hold).
//
//	goal: Construye la carpeta `hola` y llama a la imagen `hola:1`
//	scene:
//	  - pull: ${base}
//	checks:
//	  - image: hola:1
//	    from: ${base}
//	hints:
//	  - La orden es `docker build`.
//	  - El nombre va detrás de `-t`, y la carpeta al final.
//	solution: |
//	  docker build -t hola:1 hola
//	also:
//	  - docker image build --tag hola:1 ./hola
//	mistakes:
//	  - do: docker build -t hola hola
//	    says: hola:latest
//
// Its keys, and no others; goal, checks, hints and solution are needed:
//
//	goal      what the learner is to reach, in Markdown
//	scene     what has to be there before it begins; a list, may be left out
//	checks    what must be true in the end; a list of one or more
//	hints     from a nudge to nearly there; one or more, in Markdown
//	solution  what a learner could type into a shell; every line of it
//	also      other right ways, each as the solution; may be left out
//	mistakes  wrong ways that learners take; may be left out. do is what they type; says are words that the feedback
//	          to it must hold. Both are needed
//
// The test of a course types each solution, each also and each mistake into a shell: an exercise must fail untouched, pass
// after the solution and each also, and fail after each mistake, with its words.
//
// Where a list of one text is wanted, the text alone will do: «hints: Mira `docker build`».
//
// # Scene
//
// A scene is a list of things that the exercise needs to find. They are made through the engine, never by a shell. Each entry
// says one thing.
//
//	scene:
//	  - pull: ubuntu:24.04                      # the image is there
//	  - build:                                  # the image is there, built from this
//	      tag: web:1
//	      dockerfile: |
//	        FROM ubuntu:24.04
//	        COPY index.html /var/www/
//	      files:                                # the context; may be left out
//	        index.html: "<h1>Hola</h1>\n"
//	  - tag: [web:1, tienda:1]                  # the second name is that of the first one's image
//	  - run:                                    # a container is there, running or ended
//	      image: web:1
//	      name: web
//	      cmd: [sh, -c, "exit 3"]               # a list, one word each; may be left out
//	  - absent: tienda:2                        # no image has this name
//	  - file:                                   # a file is in the learner's folder; one that is there is kept
//	      path: hola/Dockerfile
//	      content: ""
//
// Paths are within the folder, with / between their parts: no path begins with / or holds «..».
//
// # Checks
//
// A check is one entry under checks: a subject, and beside it what must be true of it. Two subjects in one entry are an error.
// Learners' machines never run anything that a check's author wrote, except in a container without network (run).
// A number of things is written as 2, "2", ">= 2", "> 2", "<= 2" or "< 2"; a size as "< 20MB", as docker writes sizes.
// A pattern is a regular expression, or a text to be found as it stands. Package checks documents every condition with an
// example that holds and one that does not (checks.Kinds).
//
// image: NAME, an image that is on the engine under this name:
//
//	checks:
//	  - image: hola:1
//	    exists: true                    # true is the default
//	    platform: linux/amd64
//	    fresh: true                     # it was made or fetched in this attempt
//	    from: ubuntu:24.04              # it begins with all layers of this image
//	    layers: ">= 2"                  # how many layers, those of the base among them
//	    size: "< 20MB"
//	    history: [RUN touch]            # patterns, each matching an instruction in its history
//	    config:
//	      cmd: [ls, /taller]            # a list: the exec form; a text: the shell form
//	      entrypoint: [/bin/entrada]
//	      env: {COLOR: azul}            # or a list of names that are set
//	      user: app
//	      workdir: /taller
//	      labels: {autora: Ana}
//	      ports: ["80", "53/udp"]
//	      volumes: [/datos]
//	      healthcheck: wget             # a text in its command; false: there is none
//	      stopsignal: SIGQUIT
//	    files:
//	      /taller/listo:                # a path from / on
//	        exists: true                # true is the default; false: there is nothing
//	        type: file                  # file, directory or symlink
//	        mode: "0644"                # in quotes
//	        owner: "app:1000"           # user or user:group
//	        size: "> 0"
//	        contains: azul              # a text, or a list of texts
//	        matches: "^az.l$"           # a pattern, or a list of patterns
//	    run:                            # what docker run of the image does, without network and with limits
//	      cmd: ls /taller               # left out: what the image does by itself
//	      exit: 0
//	      stdout: listo                 # a pattern, or a list of patterns
//	      stderr: "No such file"
//	      within: 5s                    # 10s where nothing is written, 2m at most
//
// Of an image that must not be there nothing else can be asked:
//
//	checks:
//	  - image: hola:2
//	    exists: false                   # there is none
//	  - image: hola:3
//	    gone: true                      # it was there in this attempt, and is no more
//
// images: {dangling, reference, label}, all images to which what is written fits. One with several names is one image:
//
//	checks:
//	  - images: {reference: "hola:*"}   # a name like this, as in docker images --filter reference=; any tag where none is written
//	    count: 2                        # how many fit; at least one where nothing is written, 0: there is none
//	  - images: {label: autora=Ana}     # a label: key or key=value
//	    count: ">= 1"
//	  - images: {dangling: true}        # without a name; false: with one
//	    gone: true                      # there were such in this attempt, and there is none any more
//
// Of images without a name only those count that are so since the attempt began, and those that the scene left: all others are
// the learner's own. With a label beside dangling: true all that have it count. Let learners move a name to another image (docker
// tag): building again under it leaves an image without a name too, but not where BuildKit builds into a store of containerd.
//
// same: [NAME, NAME] and different: [NAME, NAME], whether names, two or more, are those of one image:
//
//	checks:
//	  - same: [hola:1, hola:latest]
//	  - different: [hola:1, hola:2]
//
// container: {image, name, label}, a container, running or not, to which all that is written fits. What stands beside it must
// be true of one and the same container:
//
//	checks:
//	  - container: {image: hola:1, name: web, label: curso=capas}
//	    state: exited                   # created, running, paused, restarting, removing, exited or dead
//	    exit: 0
//	    logs: listo                     # a pattern, or a list of patterns
//	    changed: [/taller/nuevo]        # paths that docker diff names
//	    count: 2                        # how many fit; at least one where nothing is written, 0: there is none
//
// dockerfile: PATH, a Dockerfile in the learner's folder that docker can read:
//
//	checks:
//	  - dockerfile: hola/Dockerfile
//	    instructions: [FROM, RUN touch] # in this order; others may stand between
//	    base: ubuntu:24.04              # what the last stage begins from
//	    stages: ">= 2"
//	    avoid: [latest-base, cd-in-run] # rules: latest-base, apt-no-clean, apt-update-alone, add-for-copy, maintainer,
//	                                    # cd-in-run, sudo, root-user, many-runs
//
// file: PATH, a file in the learner's folder, or a folder where the path ends in /:
//
//	checks:
//	  - file: web/index.html
//	    exists: true                    # true is the default; false: it must not be there
//	    contains: [Hola, "<h1>"]
//	    matches: "^<h1>"
//
// pushed: NAME, an image that a registry holds now; the name says which registry:
//
//	checks:
//	  - pushed: ${registry}/${user}/hola:1
//	    same_as: hola:1                 # it is this image of the engine; may be left out
//
// login: HOST, a registry that accepts what the learner's docker keeps for it:
//
//	checks:
//	  - login: ${registry}
//
// asked: WHAT, something that the learner asked the engine for, and that went well: history, images, inspect, pull, build, tag, push,
// run, rm, prune or login. In the practice shell it is seen, whatever form of the command was typed and under whatever name, id or
// digest of the image; there and nowhere else it counts. It leaves no trace, and where nobody can see it a quiz counts instead. That
// quiz stands right after the exercise, and asks for what only those know who have looked:
//
//	checks:
//	  - asked: history
//	    of: ${base}                     # of this image; may be left out. Of login it is the registry
//	    unseen: rows-and-layers         # the id of a quiz; needed
//
// inspect, images, rm and prune are those of images: docker rm removes a container.
//
// # Quiz
//
// The block of a quiz is Markdown. Its last list or paragraph is the answer; everything before it is the question. Block
// quotes after the answer explain it, and are shown once the learner has answered. Nothing else may follow the answer, and an
// empty line stands between question and answer. The shape of the answer says what kind of quiz it is.
//
// Choose one: a list in which each choice begins with [ ], and the only right one with [x].
//
//	¿Por qué puede `docker history` mostrar más filas que capas tiene la imagen?
//
//	- [x] Hay instrucciones que sólo cambian la configuración
//	  > Así es: ENV o CMD no guardan ficheros.
//	- [ ] Porque cuenta también los contenedores
//	  > Un contenedor no forma parte de la imagen.
//
//	> `docker image inspect` enseña las capas de verdad, en RootFS.
//
// A block quote nested under a choice, indented as far as the choice's text, is the feedback to whoever chooses it. It is the
// last thing under its choice.
//
// Choose all that apply: the same, with more than one [x].
//
//	¿Qué instrucciones añaden una capa?
//
//	- [x] RUN
//	- [x] COPY
//	- [ ] CMD
//	  > Sólo deja apuntada una orden.
//
// Put in order: a list with numbers, in the right order. It is shown shuffled.
//
//	¿En qué orden van?
//
//	1. Escribir el Dockerfile
//	2. `docker build`
//	3. `docker run`
//
// Type an answer: lines that begin with an equals sign and a blank. Each is accepted; capitals, accents and the number of
// blanks do not count.
//
//	¿Qué etiqueta pone Docker cuando no escribes ninguna?
//
//	= latest
//	= :latest
//
// Type a command: lines that begin with a dollar sign and a blank. Each is accepted, and so is what does the same: flags in
// another order or another of their forms, another name of the command.
//
//	Ponle a `sopa:2` el nombre `sopa:latest`:
//
//	$ docker tag sopa:2 sopa:latest
//
// Type a value that the engine knows: one line that begins with a question mark and a blank, says which value, and names an
// image. The learner's engine gives the right answer.
//
//	¿Cuántas capas tiene `${base}`?
//
//	? layers ${base}
//
// The values are:
//
//	? layers IMAGE              how many layers
//	? size IMAGE                its size
//	? id IMAGE                  its id, short or long
//	? digest IMAGE              what the registry that it was pulled from or pushed to calls it, short or long
//	? tags IMAGE                its names
//	? config FIELD IMAGE        FIELD is cmd, entrypoint, user, workdir, stopsignal, ports or volumes
//	? config env NAME IMAGE     the value of a variable
//	? config label NAME IMAGE   the value of a label
//
// Lines to be typed are taken as they are written: *, _ and [ mean nothing there. All lines of one answer begin with the same
// sign.
//
// Errors are: a list in which some items have [ ] or [x] and others have none, or numbers and marks at once; two lists in a row,
// or a list that a block quote cuts in two since it is not indented; one choice only; no right choice; a choice without text,
// or there twice; no question; no answer.
//
// A quiz with draw=N after its id has no question of its own. It draws N questions from the quizzes of the lessons that its
// body names, with blanks or line ends between them:
//
//	```quiz final draw=12
//	image-and-container layers
//	build tag
//	```
//
// # Variables
//
// ${name} stands for a value wherever name is declared, in course.yaml or in the lesson; the lesson's own wins. In all other
// places nothing happens: $HOME, ${HOME}, ${x-y} and {{.Id}} stay as they are. $${name} of a declared name is shown as ${name},
// for a Dockerfile's ARG of the same name. A name is of small letters a-z, digits and _, and begins with a letter.
//
//	vars:
//	  user: ana                     # a value
//	  color:                        # one of these, chosen when an attempt begins
//	    pick: [verde, azul, rojo]
//	  base:                         # an image: what the engine has, or what it can reach, or the second
//	    image:
//	      online: ubuntu:24.04
//	      offline: ${mirror}/base:1
//
// Some variables are always there; one that is declared takes the place of the one given:
//
//	${workspace}   the learner's folder for the lesson, as it is typed in a shell: ~/capas/LESSON unless they work somewhere else
//	${mirror}      localhost:5017, a registry that lets everybody pull and nobody push: it has the practice bases base:1 and
//	               base:2, which is base:latest too
//	${registry}    localhost:5018, a registry that takes pushes and wants a login
//	${user}        the learner's account in ${registry}
//	${password}
//
// capas serves the mirror and the registry on the learner's machine while a lesson is open that names them. With
// --set registry=docker.io --set user=NAME the same lesson is about another registry; its ${password} is then only a word that
// stands for the learner's own.
//
// A value is one printable line without backquotes, in quotes where YAML would take it for a number. It may name other
// variables, but not go in circles.
//
// Variables are replaced in the text of a lesson, in its quizzes, and in every text of an exercise's block once its YAML has been
// read. Not in front matter, ids and headings of the course.
//
// A name that is nearly that of a variable (${bsae}, ${ base }, ${USER} where user is declared) is an error. Where the shell's
// own variable is meant it can be written without braces: $USER. Other names in capitals are left to the shell.
//
// # YAML
//
// Front matter, exercises and course.yaml are YAML of the plainest kind: one document with text, lists and maps. Anchors,
// aliases, tags, merge keys, a second document and a key given twice are errors, and so is every key that is not in this
// specification. Wherever text is wanted, what YAML takes for something else is an error that says to put it in quotes:
//
//	goal: #8080          nothing: # begins a comment
//	absent:              nothing
//	image: 1.10          a number; YAML would make it 1.1
//	mode: 0755           a number
//	hints: [uno: dos]    a map, because of the colon and the blank
//
// # Limits
//
//	a file                        1 MiB, 20000 lines
//	a line                        16 KiB, 256 blanks at its beginning, 32 quotes and lists within one another
//	front matter, each block      64 KiB
//	nesting in YAML               32
//
// A file is UTF-8; a byte order mark at its beginning and the line ends of Windows do no harm. Control characters (NUL, ESC, …),
// those that reorder a line for languages written from right to left, and the same written as an HTML entity (&#27;) or in
// YAML ("\e") are errors, since they would steer the learner's terminal or show something else than what is there.
//
// # Progress
//
// Of each exercise or quiz a learner's journal keeps a hash of its checks or right answers. A change there asks the learner
// again; a change of goal, hints, prose, feedback or the words of a choice does not. Choices count by their place: they stand in
// the same order in every language.
//
// # Errors
//
// An error says where and what, and what was probably meant:
//
//	es/20-capas.md:31:7: unknown check "imagen" (did you mean "image"?)
//
// The numbers are the line and the character in it, both from 1. A lesson is read to its end, so that one reading finds an error
// in every block that has one. Between lessons, Course.Check finds: lessons that course.yaml lists and that are missing, or the
// other way round; ids of lessons or items that are there twice; needs that do not exist, come later, or go in circles; unseen
// and draw= that name what does not exist; and languages that differ in more than words.
package lessons
