// Package chroma stands in for github.com/alecthomas/chroma/v2, so that capas starts in half the time.
//
// It highlights nothing. Glamour imports chroma for the colours of code, which no page of capas asks for, and chroma's
// released versions parse every lexer and style when a program starts: 33 ms of the 73 that `capas list` took. Chroma's
// pull request 1356 ends that; with the release that has it, this folder and the replace line in go.mod go away.
package chroma

// TokenType is a kind of word in source code.
type TokenType int

// The kinds that glamour names.
const (
	Background TokenType = iota
	Comment
	CommentPreproc
	Error
	GenericDeleted
	GenericEmph
	GenericInserted
	GenericStrong
	GenericSubheading
	Keyword
	KeywordNamespace
	KeywordReserved
	KeywordType
	Literal
	LiteralDate
	LiteralNumber
	LiteralString
	LiteralStringEscape
	Name
	NameAttribute
	NameBuiltin
	NameClass
	NameConstant
	NameDecorator
	NameException
	NameFunction
	NameOther
	NameTag
	Operator
	Punctuation
	Text
)

// StyleEntries is how each kind looks.
type StyleEntries map[TokenType]string

// Style is a set of entries under a name.
type Style struct{}

// MustNewStyle returns a style without a look.
func MustNewStyle(string, StyleEntries) *Style { return &Style{} }
