package expression

type tokenKind uint8

const (
	wordToken tokenKind = iota
	numberToken
	textToken
	symbolToken
	endToken
)

// token is a word, a literal or a symbol, as the user wrote it.
type token struct {
	kind     tokenKind
	text     string // a text literal with its quotes
	standIn  string // its form for expr's parser
	offset   int    // bytes before it
	depth    int    // brackets around it
	inObject bool   // the innermost of them is a {
}

// symbols are matched in this order: longer before shorter. A symbol with a hint is
// refused. The stand-ins give each operator its JavaScript precedence: in expr, ..
// is the one level between == and +, and ?? would bind tighter than members.
var symbols = []struct{ text, standIn, hint string }{
	{"===", "==", ""}, {"!==", "==", ""},
	{"...", "", "list the elements"},
	{"==", "==", ""}, {"!=", "==", ""},
	{"<=", "..", ""}, {">=", "..", ""},
	{"&&", "&&", ""}, {"||", "||", ""}, {"??", "||", ""}, {"?.", "?.", ""},
	{"=>", "", "there are no functions"}, {"**", "", "multiply"},
	{"++", "", "add 1"}, {"--", "", "subtract 1, or put a space between two minus signs"},
	{"<<", "", "multiply"}, {">>", "", "divide"}, {"..", "", "list the elements"},
	{"<", "..", ""}, {">", "..", ""},
	{"+", "+", ""}, {"-", "-", ""}, {"!", "-", ""},
	{"*", "*", ""}, {"/", "*", ""}, {"%", "*", ""},
	{"?", "?", ""}, {":", ":", ""}, {".", ".", ""}, {",", ",", ""},
	{"(", "(", ""}, {")", ")", ""}, {"[", "[", ""}, {"]", "]", ""}, {"{", "{", ""}, {"}", "}", ""},
	{"=", "", "compare with ==="}, {"&", "", "write &&"}, {"|", "", "write ||"},
	{";", "", "write one expression"}, {"`", "", "write 'text' and join it with +"},
}
