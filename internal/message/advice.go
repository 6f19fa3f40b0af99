package message

// Advice is what a person is told of an error, in two lines: what is wrong, and the one thing to do next.
type Advice struct{ Reason, Remedy Text }

// Adviser is an error that has advice of its own.
type Adviser interface {
	error
	Advice() Advice
}
