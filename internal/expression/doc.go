// Package expression compiles and evaluates the expressions of blueprints: the
// JavaScript subset of Flowcraft's examples, without side effects and bounded.
//
// # The language
//
// Literals (numbers, text in either quotes, true, false, null, undefined),
// member access with . and [] and their optional forms, ?? || && ! ?:, === !==
// == != < <= > >=, + - * / %, array and object literals, .length, .includes(x)
// and Math.round, floor, ceil, abs, min and max. Precedence, conversions and
// printed numbers are JavaScript's, with these exceptions:
//
//   - There is no undefined: what is missing is null, at any depth, and so is
//     calling includes on it. Ordering anything with null is false.
//   - == and != compare strictly, as === and !== do. Arrays and objects are equal
//     when their contents are: they are JSON and have no identity.
//   - A number that is only passed on keeps its text, so that integers beyond 2^53
//     stay exact; they are compared and joined to text exactly, too. Arithmetic
//     is on float64.
//   - Half of a surrogate pair reads as U+FFFD.
//
// A name means, in this order: result, input, outputs, context, run; a context
// key; a node id. A name is an identifier, or a node id that is one but for its
// hyphens: my-node is that node where there is one, and subtracts elsewhere.
//
// Everything else is refused by Compile, with its place in the source.
//
// # How it works
//
// The grammar is that of github.com/expr-lang/expr: its parser builds the tree.
// As its words, literals and some precedences are not JavaScript's (map, in and
// not are taken, 'it\'s' and 18446744073709551616 are errors, ?? binds tighter
// than +, 1 < 2 < 3 is two comparisons), it is shown the outline of an expression
// only: a neutral word for each name, an empty literal for each literal, and for
// each operator one of its own at the place where JavaScript has it. What the
// user wrote is then read from the tokens. So no builtin of expr can be reached.
//
// The tree becomes Go closures, not a program for expr's virtual machine: its
// values are Go's, ours are JSON text that is decoded only as far as it is
// looked at, and each operator would have been a call out of the machine.
package expression
