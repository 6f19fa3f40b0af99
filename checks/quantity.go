package checks

import (
	"strconv"
	"strings"

	units "github.com/docker/go-units"

	"capas/internal/message"
	"capas/internal/strictyaml"
)

// quantity is a bound on a number: ">= 2", "< 20MB", "= 3" or, the same, "3".
type quantity struct {
	op string
	n  int64
}

// parseCount reads a bound on how many there are. A plain number is exact.
func parseCount(n *strictyaml.Node) (quantity, error) {
	return parseQuantity(n, `">= 2"`, func(s string) (int64, error) { return strconv.ParseInt(s, 10, 32) })
}

// parseSize reads a bound on a number of bytes, in the units that `docker images` shows (1kB is 1000 bytes).
func parseSize(n *strictyaml.Node) (quantity, error) {
	return parseQuantity(n, `"< 20MB"`, units.FromHumanSize)
}

func parseQuantity(n *strictyaml.Node, example string, number func(string) (int64, error)) (quantity, error) {
	if n.Kind != strictyaml.Text && n.Kind != strictyaml.Number {
		_, err := n.Text()
		return quantity{}, err
	}
	op, rest := cutOperator(n.Value)
	value, err := number(rest)
	if err != nil || value < 0 {
		return quantity{}, n.Errorf("%q is no bound: write it like %s, with <, <=, =, >= or >", n.Value, example)
	}
	q := quantity{op, value}
	switch {
	case op == ">=" && value == 0:
		return q, n.Errorf("%q always holds: it checks nothing", n.Value)
	case op == "<" && value == 0:
		return q, n.Errorf("%q never holds", n.Value)
	}
	return q, nil
}

func cutOperator(s string) (op, rest string) {
	s = strings.TrimSpace(s)
	for _, op := range []string{"<=", ">=", "<", ">", "="} {
		if rest, ok := strings.CutPrefix(s, op); ok {
			return op, strings.TrimSpace(rest)
		}
	}
	return "=", s
}

func (q quantity) holds(n int64) bool {
	switch q.op {
	case "<":
		return n < q.n
	case "<=":
		return n <= q.n
	case ">=":
		return n >= q.n
	case ">":
		return n > q.n
	}
	return n == q.n
}

// tooFew reports whether n, which does not hold, lies below the bound.
func (q quantity) tooFew(n int64) bool { return q.op == ">=" || q.op == ">" || q.op == "=" && n < q.n }

// text is the bound in words, what being its number with a noun: "at least 2 layers".
func (q quantity) text(what message.Text) message.Text {
	data := message.Data{"What": what}
	switch q.op {
	case "<":
		return message.New("checks.quantity.less", data)
	case "<=":
		return message.New("checks.quantity.most", data)
	case ">=":
		return message.New("checks.quantity.least", data)
	case ">":
		return message.New("checks.quantity.more", data)
	}
	return message.New("checks.quantity.exactly", data)
}

func layersText(n int64) message.Text {
	return message.New("checks.noun.layers", message.Data{"Count": n})
}

func imagesText(n int64) message.Text {
	return message.New("checks.noun.images", message.Data{"Count": n})
}

func containersText(n int64) message.Text {
	return message.New("checks.noun.containers", message.Data{"Count": n})
}

func sizeText(n int64) message.Text {
	return message.New("checks.noun.size", message.Data{"Size": humanSize(n)})
}

func humanSize(n int64) string { return units.HumanSizeWithPrecision(float64(n), 3) }
