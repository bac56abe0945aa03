// Command mutants switches off the engine's rules, one after the other, and
// reports those whose loss the simulation does not notice. The conditions of
// writes are switched off under pkg/dynamo's contract tests, too.
//
// # Adding a rule
//
// Mark the code that implements the rule, in pkg/flow or internal/decide, by a
// comment, and add a row of the same name to the table in rules.go:
//
//	if s.run.Status.Terminal() { //rule:ended-run-starts-nothing
//
// The comment stays with the code when that is moved or renamed. At the end of a
// line it refers to the code of that line, and switches off the rule as follows:
//
//   - the condition of an if, a for or a case without value never holds;
//   - an operand of && or ||, in a condition over several lines, decides nothing;
//   - an assignment, a call or an increment is not executed.
//
// On a line of its own it refers to the whole statement or case that begins below
// it: an if is left out together with its first statement.
//
// An expression in the comment replaces the value of the code: of a
// condition or an operand, the right side of an assignment, the results of a
// return, an element of a literal, an argument on a line of its own, or the values
// that a for ranges over. Write it as the surrounding code would:
//
//	me: e.config.NewID(), //rule:owner-per-handling = "worker"
//
// A line may have two rules, one at its end and one above it. A rule may stand at
// several places, which the row counts; it is switched off at all of them at once.
//
// Choose a name that states the rule, and the smallest change that breaks it. Then
// try it with make mutants ONLY=name. If its loss is not noticed, add an oracle or a
// fault to the simulation. Only if the rule is not about correctness, let the row say
// why no simulation can notice its loss.
//
// Conditions of writes need no marks: every clause of every guard in
// pkg/flow/state/guards.go is replaced by one that always holds, and by one that
// never does.
package main
