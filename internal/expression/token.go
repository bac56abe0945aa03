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
	standIn  string // what expr's parser is shown
	offset   int    // bytes before it
	depth    int    // brackets around it
	inObject bool   // the innermost of them is a {
}

// symbols are matched in this order: longer before shorter. One with a hint is
// refused. The stand-ins put each operator where JavaScript has it: with expr,
// .. is the one level between == and +, and ?? would bind tighter than members.
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
