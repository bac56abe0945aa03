// Package expression compiles and evaluates the expressions of blueprints: the
// JavaScript subset of Flowcraft's examples, without side effects and bounded.
//
// # The language
//
// Literals (numbers, text in either quotes, true, false, null, undefined), member
// access with . and [] and their optional forms, ?? || && ! ?:, === !== == != < <=
// > >=, + - * / %, array and object literals, .length, .includes(x) and Math.round,
// floor, ceil, abs, min and max. Precedence, conversions and printed numbers are
// JavaScript's, with these exceptions:
//
//   - There is no undefined: a missing value is null, at any depth, and so is the
//     result of includes on it. Ordering anything with null is false.
//   - == and != compare strictly, as === and !== do. Arrays and objects are equal
//     when their contents are: they are JSON and have no identity.
//   - A number that is only passed on keeps its text, so that integers beyond 2^53
//     stay exact; they are compared and joined to text exactly, too. Arithmetic
//     is on float64.
//   - Half of a surrogate pair reads as U+FFFD.
//
// A name means, in this order: result, input, outputs, context, run; a context key;
// a node id. A name is an identifier, or a node id that is an identifier except for
// its hyphens: my-node is that node if it exists, and a subtraction otherwise.
//
// Compile refuses everything else, with its place in the source.
//
// # How it works
//
// The grammar is that of github.com/expr-lang/expr: its parser builds the tree. Its
// words, literals and some precedences differ from JavaScript's: map, in and not
// are reserved, 'it\'s' and 18446744073709551616 are errors, ?? binds tighter than
// +, and 1 < 2 < 3 is two comparisons. Therefore the parser only gets the outline
// of an expression: a neutral word for each name, an empty literal for each
// literal, and for each operator one of expr's with JavaScript's precedence. The
// user's names and values are then read from the tokens. So no builtin of expr can
// be reached.
//
// The tree becomes Go closures, not a program for expr's virtual machine: its
// values are Go's, ours are JSON text that is decoded only as far as needed, and
// each operator would have been a call out of the machine.
package expression
