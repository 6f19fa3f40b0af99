package lessons

// Vars are the declared variables, by name.
type Vars map[string]Var

// Var is a declared variable; one of the three kinds.
type Var struct {
	Value   string   // a plain value
	Pick    []string // one of these, kept for the attempt
	Online  string   // an image reference, with Offline
	Offline string
}

// Values are what variables stand for in one attempt. A name without a value stands for its first:
// Value, the first of Pick, Online.
type Values map[string]string

// Expand replaces ${name} where name is declared, and $${name} by ${name}.
func (v Vars) Expand(text string, values Values) string { panic("contract") }
