package runner

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"

	"capas/checks"
	"capas/internal/message"
	"capas/lessons"
	"capas/runner/progress"
	"capas/runner/prompt"
	"capas/runner/render"
)

// quiz asks one quiz until it is answered, skipped or left.
func (t *Tutor) quiz(ctx context.Context, l *lessons.Lesson, it *lessons.Item, step int) (move, error) {
	t.print(t.Page.Title(t.Say.Sayf("runner.quiz")))
	t.record(l, step, it, progress.Started, "")
	questions := []question{{l, it}}
	if it.Quiz.Draw > 0 {
		drawn, err := t.draw(it.Quiz)
		if err != nil {
			return leave, err
		}
		questions = drawn
	}
	if t.Practice != nil && it.Quiz.Kind == lessons.TypeLive {
		t.page(ctx, l, it.Quiz.Question)
		if m, ready, err := t.lookAround(ctx, l, it, step); !ready || err != nil {
			return m, err
		}
	}
	for {
		missed, m, left, err := t.askAll(ctx, l, it, step, questions)
		if left || err != nil {
			return m, err
		}
		if len(missed) == 0 {
			t.record(l, step, it, progress.Answered, "")
			delete(t.redo, it.ID)
			return onward, nil
		}
		questions = missed // a retry asks only what was missed
		if m, done, err := t.retry(ctx, l, it, step); done || err != nil {
			return m, err
		}
	}
}

// question is a quiz and the lesson that it stands in.
type question struct {
	lesson *lessons.Lesson
	item   *lessons.Item
}

// draw picks questions at random from the quizzes of other lessons.
func (t *Tutor) draw(q *lessons.Quiz) ([]question, error) {
	var all []question
	for _, id := range q.From {
		l, err := t.Course.Lesson(t.Lang, id)
		if err != nil {
			return nil, err
		}
		for _, it := range l.Items() {
			if it.Quiz != nil && it.Quiz.Draw == 0 {
				all = append(all, question{l, it})
			}
		}
	}
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:min(q.Draw, len(all))], nil
}

// askAll asks every question once and returns those that were not answered right; left says that the learner left the item.
func (t *Tutor) askAll(ctx context.Context, l *lessons.Lesson, it *lessons.Item, step int, questions []question) (missed []question, m move, left bool, err error) {
	for len(questions) > 0 {
		q := questions[0]
		right, err := t.question(ctx, q)
		switch {
		case errors.Is(err, prompt.ErrLeft):
			return nil, leave, true, nil
		case err != nil: // the engine could not be asked: that is told, and never taken for a wrong answer
			if m, left, err := t.troubled(ctx, l, it, step, err); left || err != nil {
				return nil, m, left, err
			}
			continue
		case !right:
			missed = append(missed, q)
			t.record(l, step, it, progress.Failed, q.item.ID)
		}
		questions = questions[1:]
	}
	return missed, onward, false, nil
}

// retry asks whether a quiz that was answered wrong is answered again.
func (t *Tutor) retry(ctx context.Context, l *lessons.Lesson, it *lessons.Item, step int) (move, bool, error) {
	menu := []choice{
		{t.Say.Sayf("runner.answer-again"), nil},
		{t.Say.Sayf("runner.show-answer"), func(ctx context.Context) (move, bool, error) {
			t.record(l, step, it, progress.Revealed, "")
			t.record(l, step, it, progress.Skipped, "")
			t.showAnswer(ctx, l, it.Quiz)
			return onward, false, nil
		}},
	}
	if t.Practice != nil {
		menu = slices.Insert(menu, 1, choice{t.Say.Sayf("runner.look-first"), func(ctx context.Context) (move, bool, error) {
			return t.lookAround(ctx, l, it, step)
		}})
	}
	menu = append(menu, t.waysOut(l, it, step)...)
	n, err := t.choose(ctx, message.New("runner.what-now"), menu, nil)
	switch {
	case errors.Is(err, prompt.ErrLeft):
		return leave, true, nil
	case err != nil:
		return leave, true, err
	case n == 0:
		return onward, false, nil
	}
	m, stays, err := menu[n].do(ctx)
	return m, !stays, err
}

// question asks once, says whether the answer was right and why, and reports it.
func (t *Tutor) question(ctx context.Context, q question) (bool, error) {
	quiz := q.item.Quiz
	t.page(ctx, q.lesson, quiz.Question)
	var right bool
	var err error
	switch quiz.Kind {
	case lessons.ChooseOne:
		right, err = t.chooseOne(ctx, q)
	case lessons.ChooseAll:
		right, err = t.chooseAll(ctx, q)
	case lessons.Order:
		right, err = t.putInOrder(ctx, q)
	default:
		right, err = t.typed(ctx, q)
	}
	return right, err
}

func (t *Tutor) chooseOne(ctx context.Context, q question) (bool, error) {
	choices := shuffled(q.item.Quiz.Choices)
	n, err := t.Ask.Choose(ctx, prompt.Question{Title: t.Say.Sayf("runner.choose-one"), Options: t.options(ctx, q, choices)})
	if err != nil {
		return false, err
	}
	t.judge(ctx, q, choices[n].Right, choices[n].Feedback)
	return choices[n].Right, nil
}

func (t *Tutor) chooseAll(ctx context.Context, q question) (bool, error) {
	choices := shuffled(q.item.Quiz.Choices)
	marked, err := t.Ask.ChooseMany(ctx, prompt.Question{Title: t.Say.Sayf("runner.choose-all"), Options: t.options(ctx, q, choices)})
	if err != nil {
		return false, err
	}
	right := true
	for i, c := range choices {
		if c.Right == slices.Contains(marked, i) {
			continue
		}
		right = false
		data := message.Data{"Choice": t.inline(ctx, q, c.Text)}
		words := message.New("runner.wrongly-marked", data)
		if c.Right {
			words = message.New("runner.wrongly-left", data)
		}
		t.print(t.Page.Item(t.Page.Mark(checks.Fail), t.Say.Say(words)))
		if c.Feedback != "" && !c.Right {
			t.page(ctx, q.lesson, c.Feedback)
		}
	}
	if right {
		t.judge(ctx, q, true, "")
	}
	return right, nil
}

// putInOrder asks for the first, the second and so on of what is left.
func (t *Tutor) putInOrder(ctx context.Context, q question) (bool, error) {
	left := scrambled(q.item.Quiz.Choices)
	for place, want := range q.item.Quiz.Choices[:len(q.item.Quiz.Choices)-1] {
		n, err := t.Ask.Choose(ctx, prompt.Question{
			Title:   t.Say.Sayf("runner.order", message.Data{"Number": place + 1, "Total": len(q.item.Quiz.Choices)}),
			Options: t.options(ctx, q, left),
		})
		if err != nil {
			return false, err
		}
		if left[n].Text != want.Text {
			t.judge(ctx, q, false, left[n].Feedback)
			t.print(t.Page.Line(t.Say.Sayf("runner.order-wrong", message.Data{"Choice": t.inline(ctx, q, left[n].Text), "Number": place + 1})))
			return false, nil
		}
		left = slices.Delete(left, n, n+1)
	}
	t.judge(ctx, q, true, "")
	return true, nil
}

// typed asks for an answer, a command or a value that the engine knows now.
func (t *Tutor) typed(ctx context.Context, q question) (bool, error) {
	accepted, err := t.accepted(ctx, q)
	if err != nil {
		return false, err
	}
	title, same := message.New("runner.type-answer"), lessons.SameAnswer
	if q.item.Quiz.Kind == lessons.TypeCommand {
		title, same = message.New("runner.type-command"), lessons.SameCommand
	}
	answer, err := t.Ask.Type(ctx, t.Say.Say(title))
	if err != nil {
		return false, err
	}
	right := slices.ContainsFunc(accepted, func(want string) bool { return same(want, answer) })
	t.judge(ctx, q, right, "")
	if !right && q.item.Quiz.Kind == lessons.TypeCommand {
		if d := lessons.CommandDifference(accepted[0], answer); !d.IsZero() {
			t.print(t.Page.Line(t.Say.Say(d)))
		}
	}
	return right, nil
}

// accepted are the right answers to a typed quiz, the best first.
func (t *Tutor) accepted(ctx context.Context, q question) ([]string, error) {
	values := t.Values(ctx, q.lesson)
	quiz := q.item.Quiz
	if quiz.Kind == lessons.TypeLive {
		cli, err := t.Engine.Client(ctx)
		if err != nil {
			return nil, err
		}
		facts := checks.NewFacts(cli, checks.Scope{})
		defer facts.Close()
		return checks.LiveValue(ctx, facts, quiz.Live.Kind, q.lesson.Expand(quiz.Live.Ref, values))
	}
	var out []string
	for _, a := range quiz.Answers {
		out = append(out, q.lesson.Expand(a, values))
	}
	return out, nil
}

// judge says whether an answer was right, and why; of a right one, what is to be known once it is answered.
func (t *Tutor) judge(ctx context.Context, q question, right bool, feedback string) {
	if right {
		t.print(t.Page.Item(t.Page.Mark(checks.Pass), t.Say.Sayf("runner.right")))
		feedback = strings.TrimSpace(feedback + "\n\n" + q.item.Quiz.Explanation)
	} else {
		t.print(t.Page.Item(t.Page.Mark(checks.Fail), t.Say.Sayf("runner.wrong")))
	}
	switch {
	case feedback != "":
		t.page(ctx, q.lesson, feedback)
	case right:
		t.blank()
	}
}

// showAnswer tells the right answer of a quiz that the learner gave up on.
func (t *Tutor) showAnswer(ctx context.Context, l *lessons.Lesson, quiz *lessons.Quiz) {
	q := question{l, &lessons.Item{Quiz: quiz}}
	t.print(t.Page.Line(t.Say.Sayf("runner.answer-is")))
	if quiz.Kind == lessons.TypeAnswer || quiz.Kind == lessons.TypeCommand || quiz.Kind == lessons.TypeLive {
		if accepted, err := t.accepted(ctx, q); err == nil && len(accepted) > 0 {
			t.print(t.Page.Command(accepted[0]))
		}
	}
	for _, c := range quiz.Choices {
		if c.Right || quiz.Kind == lessons.Order {
			t.print(t.Page.Bullet(t.inline(ctx, q, c.Text)))
		}
	}
	t.page(ctx, l, quiz.Explanation)
}

func (t *Tutor) texts(ctx context.Context, q question, choices []lessons.Choice) []string {
	out := make([]string, len(choices))
	for i, c := range choices {
		out[i] = t.inline(ctx, q, c.Text)
	}
	return out
}

// options are choices as the lines of a menu, which shows neither code nor emphasis.
func (t *Tutor) options(ctx context.Context, q question, choices []lessons.Choice) []string {
	out := t.texts(ctx, q, choices)
	for i, text := range out {
		out[i] = render.Words(text)
	}
	return out
}

// inline is a text as one line.
func (t *Tutor) inline(ctx context.Context, q question, text string) string {
	text = q.lesson.Expand(text, t.Values(ctx, q.lesson))
	return message.Clean(strings.Join(strings.Fields(text), " "))
}

func shuffled(choices []lessons.Choice) []lessons.Choice {
	out := slices.Clone(choices)
	rand.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// scrambled is shuffled, and never in the right order.
func scrambled(choices []lessons.Choice) []lessons.Choice {
	out := shuffled(choices)
	if slices.EqualFunc(out, choices, func(a, b lessons.Choice) bool { return a.Text == b.Text }) && len(out) > 1 {
		out[0], out[1] = out[1], out[0]
	}
	return out
}

// QuizState is a quiz and whether it is answered, as JSON.
type QuizState struct {
	ID       string   `json:"id"`
	Question string   `json:"question"` // Markdown
	Choices  []string `json:"choices"`  // of a quiz that has some, in an order that gives nothing away
	Answered bool     `json:"answered"`
}

// Quizzes are those of a lesson.
func (t *Tutor) Quizzes(ctx context.Context, l *lessons.Lesson) ([]QuizState, error) {
	state, err := t.State()
	if err != nil {
		return nil, err
	}
	list := []QuizState{}
	for _, it := range l.Items() {
		if it.Quiz == nil {
			continue
		}
		list = append(list, QuizState{
			ID: it.ID, Question: l.Expand(it.Quiz.Question, t.Values(ctx, l)),
			Choices:  t.texts(ctx, question{l, it}, scrambled(it.Quiz.Choices)),
			Answered: t.status(state, l, it).Done(),
		})
	}
	return list, nil
}

// AskQuizzes asks the quizzes of a lesson that are open; where all are answered, all of them again. It reports whether none is left open.
func (t *Tutor) AskQuizzes(ctx context.Context, l *lessons.Lesson) (bool, error) {
	list, err := t.Quizzes(ctx, l)
	if err != nil {
		return false, err
	}
	if t.Ask == nil {
		return false, refuse(
			message.New("runner.no-terminal"),
			message.New("runner.no-terminal-quiz", message.Data{"Lesson": l.ID}))
	}
	t.noteLanguage(l)
	open := slices.DeleteFunc(slices.Clone(list), func(q QuizState) bool { return q.Answered })
	if len(open) == 0 {
		open = list
	}
	state, err := t.State()
	if err != nil {
		return false, err
	}
	for _, q := range open {
		it := l.Item(q.ID)
		t.sayChanged(state, l, it)
		m, err := t.quiz(ctx, l, it, stepOf(l, it.ID))
		if m != onward || err != nil {
			return false, err
		}
	}
	return t.quizzesLeft(ctx, l)
}

// quizzesLeft says whether all quizzes of a lesson are answered, and reports it.
func (t *Tutor) quizzesLeft(ctx context.Context, l *lessons.Lesson) (bool, error) {
	list, err := t.Quizzes(ctx, l)
	if err != nil {
		return false, err
	}
	for _, q := range list {
		if !q.Answered {
			t.print(t.Page.Line(t.Say.Sayf("runner.quizzes-open", message.Data{"Lesson": l.ID})))
			return false, nil
		}
	}
	t.print(t.Page.Line(t.Say.Sayf("runner.quizzes-done", message.Data{"Lesson": l.Expand(l.Title, t.Values(ctx, l))})))
	return true, nil
}
