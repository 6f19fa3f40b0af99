package lessons

import (
	"capas/internal/strictyaml"
)

// Lesson is one lesson in one language.
type Lesson struct {
	ID, Title, Summary string
	Minutes            int
	Needs              []string // ids of lessons that come before
	Lang               string   // two letters
	File               string   // path within the course, "es/40-construir.md"
	Vars               Vars     // the course's and the lesson's own
	Opening            string   // Markdown before the first step, variables not replaced
	Steps              []Step

	idLine, needsLine int      // where they stand; needsLine is that of the id where there is no «needs:»
	named             []string // the names between braces in its file, declared or not
}

// Step is what one heading of level two opens.
type Step struct {
	Title  string // variables not replaced
	Line   int
	Blocks []Block
}

// Block is a stretch of prose or an item; one of the two.
type Block struct {
	Markdown string // variables not replaced
	Item     *Item
}

// Item is an exercise or a quiz; one of the two.
type Item struct {
	ID       string
	Line     int
	Exercise *Exercise
	Quiz     *Quiz
}

// Exercise is a task. Its texts are as written; Lesson.Expand replaces variables.
type Exercise struct {
	Goal     string
	Scene    []SceneEntry
	Checks   *strictyaml.Node // for checks.Parse, once its variables are replaced
	Hints    []string
	Solution string
	Also     []string
	Mistakes []Mistake
}

// Mistake is a wrong way that learners take, and the words that the feedback must hold.
type Mistake struct {
	Do   string
	Says string
}

// SceneEntry is one thing that an exercise needs to find; one field is set.
type SceneEntry struct {
	Pull   string
	Build  *SceneBuild
	Tag    *SceneTag
	Run    *SceneRun
	Absent string
	File   *SceneFile
}

// SceneBuild is an image to be there under a name.
type SceneBuild struct {
	Tag        string
	Dockerfile string
	Files      map[string]string // path in the context to content
}

// SceneTag is a second name for an image.
type SceneTag struct{ From, To string }

// SceneRun is a container to be there, ended or running.
type SceneRun struct {
	Image, Name string
	Cmd         []string
}

// SceneFile is a file to be in the workspace. One that is there already is kept.
type SceneFile struct{ Path, Content string }

// QuizKind is how a quiz is answered.
type QuizKind int

// The six kinds.
const (
	ChooseOne QuizKind = iota
	ChooseAll
	Order
	TypeAnswer
	TypeCommand
	TypeLive
)

// Quiz is a question. Texts are Markdown with variables not replaced.
type Quiz struct {
	Kind        QuizKind
	Question    string
	Choices     []Choice // of ChooseOne and ChooseAll; of Order in the right order
	Answers     []string // of TypeAnswer and TypeCommand: each is accepted
	Live        *Live    // of TypeLive
	Explanation string   // shown once answered
	Draw        int      // > 0: draw that many questions from the lessons in From
	From        []string
}

// Choice is one answer to choose, or one thing to put in order.
type Choice struct {
	Text     string
	Right    bool
	Feedback string
}

// Live is a value to be asked of the engine: the arguments of checks.LiveValue.
type Live struct{ Kind, Ref string }
