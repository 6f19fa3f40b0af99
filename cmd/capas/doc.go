// Capas teaches Docker images in the terminal. A learner reads a lesson, works in their own shell with the real docker
// command, and is told at once whether the Docker engine now holds what the exercise asked for, and if not, what is there instead.
//
//	capas                      go on where you left off; the first time, a menu of lessons
//	capas learn [LESSON [STEP]]     take a lesson, from where you left it or from a step on
//	capas list                 the lessons, and what you have done of each
//	capas show LESSON [STEP]   read a lesson, or one step of it; step 0 is the opening
//	capas check [LESSON[/ITEM]]     ask the engine whether an exercise is done
//	capas quiz LESSON          answer the questions of a lesson that are open
//	capas hint [LESSON[/ITEM]]      the next hint of an exercise
//	capas solution [LESSON[/ITEM]]  a solution of an exercise; that it was shown is written down
//	capas skip [LESSON[/ITEM]]      leave an exercise out for now
//	capas progress             what you have done of each lesson, what it took, and what comes next
//	capas progress --export [FILE]  write your journal, to standard output or to a file that is not there yet
//	capas progress --merge FILE     join your journal with another one, from another machine or from before; - is standard input
//	capas reset [LESSON[/ITEM]]     begin an item, a lesson or, with nothing, the course anew: what you did of it is forgotten
//	capas reset --undo              take the last reset back
//	capas registry             serve the practice images to pull and a registry to push to, on this machine, until Ctrl-C
//	capas registry traffic     which layers travelled in each push and each pull
//	capas engine               serve the Docker engine that is inside capas, until Ctrl-C (Linux)
//	capas engine env           the lines with which a shell's docker command talks to it
//	capas engine status|stop|reset   how it is doing; end it; end it and delete all its images and containers
//	capas docker ARG...        the docker command, for a machine that has none; called by the name of docker, capas is that command
//	capas doctor               whether all is ready: the engine, the docker command, the terminal, the folders
//	capas completion SHELL     what makes the Tab key complete commands, lessons and exercises in bash, zsh, fish or powershell
//	capas man [DIR]            this manual as a man page; with a folder, a page for each command is written into it
//	capas help [COMMAND]       how a command is used
//
// Where a command takes LESSON/ITEM, the id of an item alone will do, for it is unique in the course; LESSON stands for the
// exercise that comes next in it, and nothing for the one that you are at; to reset, LESSON is the lesson.
//
// # The practice shell
//
// While an exercise is open, the learner types into their own shell: SHELL's bash (4.4 or later), zsh or fish, with its own files of
// configuration, which are read and never changed, in the lesson's workspace. Before each prompt capas tells what the last command came
// to: what holds now, what is missing still and the nearest thing there is, why a docker build failed and on which line of the
// Dockerfile. Where nothing relevant changed it says nothing. What takes longer than 0.3 seconds to find out comes with the next prompt.
// When the exercise is done the next step follows. The prompt begins with the lesson and the step.
//
//	hint, solution   the next hint; a solution
//	check            how it is going, in full
//	again            the step once more
//	next, back       go on without doing it; the step before
//	quiz             answer the questions that are open
//	menu, exit       the lessons
//
// One of these words that means something in the learner's shell already is called capas-WORD there. Docker talks to capas in this shell
// (DOCKER_HOST), which passes everything on to the engine, byte for byte, and notes what was asked, for exercises about asking. With sudo
// docker does not pass there, and capas says so. A capas that is typed in this shell asks the same engine, course and workspace; the
// learner's docker contexts stay what they are. Where capas dies the shell goes on, without all that, and says so once.
//
// # Waiting mode
//
// With --wait, with another shell and on Windows the learner works in another terminal, in the lesson's workspace. Capas follows the
// events of the engine and the files of the workspace and shows the verdict by itself; Enter asks at once. On Windows the verdict comes
// when Enter asks.
//
// Ctrl-C leaves wherever capas asks something: what was done is kept, and the next start goes on there.
//
// Without a terminal (in a pipe, in CI) capas prints plain text and never asks.
//
// # Options
//
//	--lang es|en        language of the program, and of the lessons where they exist in it; otherwise LC_ALL, LC_MESSAGES, LANG, Spanish
//	--plain             plain lines, for screen readers and simple terminals: numbered choices, no cursor movement, words
//	                    instead of signs and drawings; also with CAPAS_PLAIN=1, and for TERM=dumb
//	--background dark|light  what the colors must be legible on; otherwise CAPAS_BACKGROUND, COLORFGBG, colors for both
//	--host, --context   the engine to ask, as with docker
//	--wait              read here and work in another terminal, see above
//	--workspace DIR     where the workspaces are, one folder a lesson; otherwise CAPAS_WORKSPACE, ~/capas
//	--course DIR        a course other than the built-in one; otherwise CAPAS_COURSE
//	--engine WHICH      host: the one that docker talks to; embedded: the one inside capas; auto, the usual: the former where it
//	                    answers or somebody named it (--host, --context, DOCKER_HOST, docker context use), else the latter
//	--offline           ask no registry elsewhere: what the engine lacks comes from this machine
//	--set NAME=VALUE    a value for a variable of the course, as in --set base=mirror.example/ubuntu:24.04
//	--json              answer in JSON, on every command that answers a question
//
// # The terminal
//
// NO_COLOR, set to anything, turns colors off, and so does CLICOLOR=0. What goes to no terminal is plain text, unless
// CLICOLOR_FORCE=1 asks for the signs and colors of one. Prose is set in 80 columns at most; commands are never broken.
// A step that does not fit on the screen stops whenever it is full: space shows the next screen, Enter one more line, b goes
// back, q shows all the rest. Plain lines never stop.
//
// What holds every time can be written down in $XDG_CONFIG_HOME/capas/config.yaml (~/.config/capas on Linux); flags and CAPAS_ variables go
// before it:
//
//	lang: es
//	plain: true
//	background: dark
//	engine: embedded
//	offline: true
//	wait: true
//	workspace: ~/clase
//	set:
//	  base: "mirror.example/ubuntu:24.04"
//
// # Images without internet
//
// While a lesson is open that names them, capas serves two registries on this machine, and to this machine only: ${mirror}, from which
// everybody pulls the practice bases and to which nobody pushes, and ${registry}, which wants a login and takes pushes. A second capas
// shares them, and the last one ends them; capas registry serves them for those who work with the other commands alone. What was pushed
// stays. The account is made once and shown in the lesson. Where something else has the port, other addresses can be given:
// --set registry=localhost:6018 --set mirror=localhost:6017. With --set registry=docker.io --set user=NAME the lesson is about Docker Hub.
//
// It is the engine that pulls and pushes. One that is on another machine or in a virtual one may not reach this one: capas doctor
// lets it push a file of a few bytes, and says so. Of the learner's own logins, which docker keeps, capas reads the one that a check
// asks about, tries it, and neither shows nor keeps it.
//
// # Which engine
//
// Capas asks the engine that the docker command uses: --context, --host, DOCKER_HOST, DOCKER_CONTEXT, the current context of
// docker's configuration, else the system's own socket; DOCKER_CONFIG, DOCKER_TLS_VERIFY and DOCKER_CERT_PATH hold too. It never
// falls back to another one in silence.
//
// «capas doctor» says which one it is and by what rule, and what stands in the way. Other engines that answer on this machine (Colima,
// OrbStack, Rancher Desktop, Docker Desktop, Podman, Docker without root) it names, with the command that would choose them.
//
// What capas makes on it for an exercise carries the label capas.scene, the containers that it looks into images with carry
// capas.probe and are removed at once. It takes no name that stands for something of the learner's own; a practice base that was pulled from the
// mirror of this machine may be taken away where an exercise is about pulling it.
//
// # The docker command
//
// «capas docker …» is Docker's own command, version 28, within this program. What stands before the word is capas's, what stands after
// it docker's: capas --host and --context choose the engine, unless docker is given its own. Its words are docker's, and so are its exit
// codes, for which the list below does not hold. «docker build» uses the classic builder, whatever DOCKER_BUILDKIT says: there is no
// BuildKit in it. Nor are there docker's plugins, as buildx and compose, or the commands of swarms, plugins, signatures and manifests.
//
// Where the PATH has no docker, «capas learn» and «capas doctor» put a link to capas by that name into $XDG_DATA_HOME/capas/bin
// (~/.local/share/capas/bin on Linux), and say how a shell finds it.
//
// # Exit codes
//
//	0   done, or passed
//	1   not yet, or problems found
//	2   wrong usage
//	3   the engine or the environment could not be asked
//
// «capas doctor» ends with 3 where the engine cannot be asked, whatever else it found; else with 1 where something will not work,
// and with 0 where nothing worse than a warning was found.
//
// An error is two lines on standard error, «capas: error: …» and «capas: hint: …», the one thing to do next.
//
// # Files
//
// Progress is a journal, $XDG_STATE_HOME/capas/progress.jsonl (~/.local/state/capas on Linux), one JSON object a line, to which lines
// are only added; beside it, attempts/COURSE/ITEM.json, the attempts that are under way. A line of the journal has
//
//	id        its own, random
//	time      in UTC
//	course, lesson, item    ids; the item is missing where none was meant
//	step      of the lesson, from 1
//	verb      "started", "failed", "hinted", "revealed", "passed", "skipped", "answered"; "reset"; "restored", which takes a reset back
//	hash      of what the item asked for and of its right answers
//	detail    of a failed question, its id; of "restored", the id of the reset
//
// and nothing of the machine: no path, no name of a user or of an image. It is what --export writes, of all courses: every line that
// can be read, once, in the order of time. --merge takes the lines of such a file that are not here yet, all or, where something
// fails, none; whichever of two journals takes the other, and however often, the same comes out. It leaves out, and tells with their
// number, lines that are broken, of more than 16 KiB, or more than a day ahead of this machine's clock, and exits with 1 then; it keeps
// what a newer capas wrote, and says so. A file of more than 16 MiB is refused. Attempts do not travel.
//
// $XDG_DATA_HOME/capas/engine has the images, containers and volumes of the engine inside capas, of 10 GiB of images at most, its socket
// (docker.sock, for its owner alone) and its log. Only one process serves it; it starts for whoever needs it and ends when nobody uses
// it and no container runs. capas engine reset removes all of it.
//
// $XDG_DATA_HOME/capas/registry (~/.local/share/capas on Linux) has what was pushed, the account (account.json, readable by its owner
// alone), the practice bases, and in traffic.jsonl what travelled. It can be removed while no capas runs: what was pushed is lost then.
// Where its disk is full a push is refused, and what is there stays as it is.
//
// A reset is a line too. It forgets what came before it in time, also what a merge brings later, and nothing that comes after it. It
// asks first; --yes does without, and where nobody can be asked it is needed. The journal as it was is kept beside the new one, as
// progress-DATE-TIME.jsonl. A reset ends the attempts at what it forgets, and leaves alone what is on the engine and in the workspaces.
//
// Where a lesson has been changed so that an item asks for something else, or has another right answer, the item counts as changed,
// not as done, until it has been done again: list, progress and learn say so, and learn offers to check it again.
//
// The time spent is what the journal can tell: the gaps between one line and the next, each in the lesson in which it began, without
// those of more than 30 minutes. The time before the first line, after the last one and beside a pause is not in it.
//
// # JSON
//
// Each command with --json prints one object. Fields are not taken away or given another meaning; new ones may come.
// Texts are in the learner's language.
//
// check:
//
//	course    id of the course
//	lesson    id of the lesson
//	item      id of the exercise; "" where none is left to do in the lesson:
//	          then only course, lesson and verdict stand beside it
//	verdict   "pass", "fail" (not yet) or "unknown" (could not be asked)
//	checks    a list, one object a condition, the most basic first:
//	            verdict   as above
//	            want      what was wanted
//	            got       what was found, or why it could not be asked
//	            near      the nearest thing that there is, or ""
//	            next      what to do next, or ""
//	            blocked   true where it waits for an earlier condition
//	since     what changed on the engine since the attempt began, or ""
//	serving   that nobody serves the mirror or the registry of this machine that the exercise is about, and how to, or ""
//	reason    only with "unknown": why nothing could be asked
//	remedy    only with "unknown": what to do about it
//
// list:
//
//	course    id of the course
//	lessons   a list of objects: id, title, summary, minutes, items (how many), done (how many of them), changed (how many were
//	          done and ask for something else since), status ("untouched", "started" or "done")
//
// show:
//
//	lesson    id of the lesson
//	title     its title
//	steps     a list of objects: number (0 is the opening), title, text (Markdown),
//	          items (a list of objects: id, kind ("exercise" or "quiz"), text)
//
// quiz:
//
//	lesson    id of the lesson
//	quizzes   a list of objects: id, question (Markdown), choices (a list, shuffled), answered (true or false)
//
// hint: number, total, text (Markdown). solution: solution, a shell script.
//
// progress:
//
//	course    id of the course
//	items     how many there are
//	done      how many of them are done
//	changed   how many were done and ask for something else since
//	seconds   time spent
//	hints     how many were shown
//	revealed  of how many items the solution or the answer was shown
//	quizzes   an object: items (how many), answered, first_try (how many of these were right at once)
//	next      null where nothing is left to do, else an object: lesson, title (of it), item (the one that comes next), command (to type)
//	lessons   those of list, each with seconds, hints, revealed, quizzes, last (when something last happened, or null) and parts, a list
//	          of objects: id, kind, status ("untouched", "started", "skipped", "changed", "answered", "passed", "revealed"),
//	          hints, failures, revealed, first_try (done without a failure before, and without its solution)
//
// progress --merge:
//
//	added, known  how many lines are new, and how many were here already
//	newer         how many of the new ones a newer capas wrote
//	left_out      a list of objects: line (its number), reason
//
// engine status:
//
//	running  whether it answers; pid, of the process that serves; host, its address as in DOCKER_HOST; folder, where its state is;
//	         bytes, what that takes on the disk; log, what the one that started by itself has to say
//
// registry traffic:
//
//	transfers  a list of objects, the oldest first: time, part ("mirror" or "registry"), push (or a pull), repository, reference (a tag,
//	           or a digest), digest, layers (a list of objects, from the base up: digest, size in bytes as it travels, moved (it
//	           travelled, or was there), from (the repository of the registry that it was taken from, or "")), full (the push was refused
//	           because the disk was full: reference, digest and layers are empty then)
//
// doctor:
//
//	verdict   "ok", "warning" (works, but look at it) or "problem" (something will not work): the worst of the findings
//	asked     whether the engine could be asked
//	findings  a list of objects, in the order in which they are read:
//	            part    "engine", "docker", "terminal" or "files"
//	            id      what was looked at. engine: "choice", "answer", "access", "user", "containers", "store", "builder", "disk",
//	                    "registry", "neighbour"; docker: "command", "config", "contexts", "context"; terminal: "kind", "width", "color",
//	                    "letters", "language"; files: "state", "workspace", "pushed", "journal". Several may have one id
//	            level   as verdict
//	            found   what was found
//	            remedy  the one thing to do, or ""
//	            more    a list of texts that help to understand it
//	facts     what the findings rest on; a part that took too long to look at is null:
//	            engine     context, host, rule ("--context", "--host", "DOCKER_HOST", "DOCKER_CONTEXT", "config.json" or "default"),
//	                       trouble ("" or "not running", "no permission", "no answer", "unreachable", "no such host",
//	                       "not an engine", "tls", "ssh", "bad host", "bad context", "other"), remote (on another machine),
//	                       contexts (a list of objects: name, host, error), others (a list of objects: name, host, command);
//	                       and where it answers: product ("Docker" or "Podman"), version, platform, system, os, arch,
//	                       api (agreed on), api_oldest, api_newest, driver, containerd (its store holds the images),
//	                       builder (of «docker build»: "buildkit", "classic" or ""), rootless, data (its folder), free (bytes
//	                       there, null where they cannot be seen from here)
//	            docker     path ("" where there is no docker command), version, podman (it is Podman by that name), buildx (its version, or ""),
//	                       ours (it is the one that capas brings)
//	            terminal   interactive, kind (TERM), program, columns (0 without one), width (that capas writes in), color,
//	                       background ("dark", "light", or "" where nobody told), plain, utf8, lang, lang_by ("--lang",
//	                       a variable, the configuration's path; "" where nothing chose)
//	            state, workspace, pushed   path, writable, free
package main
