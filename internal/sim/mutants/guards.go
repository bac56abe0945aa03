package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
)

// guardsFile has the conditions of all writes.
const guardsFile = "pkg/flow/state/guards.go"

// clauses are the functions that make the smallest guards. A guard that is a part
// of another is a clause, too.
var clauses = map[string]bool{"Absent": true, "Equal": true, "Less": true, "AtMost": true, "AtLeast": true, "Before": true}

// never is a guard that holds on no item.
const never = `Equal("never", "")`

// unseenClauses are those whose loss no simulation can notice, with the reason. The
// contract tests of pkg/dynamo notice each.
var unseenClauses = map[string]string{
	`GuardHeld GuardLockOwner(owner) always`:                         ofCounters,
	`GuardHeld GuardLockOwner(owner) never`:                          ofCounters,
	`GuardHeld GuardLasts(now) always`:                               ofCounters,
	`GuardHeld GuardLasts(now) never`:                                ofCounters,
	`GuardLasts AtLeast("expiresAt", now.UnixMilli()) always`:        ofCounters,
	`GuardLasts AtLeast("expiresAt", now.UnixMilli()) never`:         ofCounters,
	`GuardOutlives Absent("ttl") always`:                             ofParts,
	`GuardOutlives Absent("ttl") never`:                              ofParts,
	`GuardOutlives Less("ttl", expires.Unix()) always`:               ofParts,
	`GuardOutlives Less("ttl", expires.Unix()) never`:                ofParts,
	`GuardClaim AtMost("dueAt", now.UnixMilli()) never`:              "a worker that finds a retry not free sends its message again, which needs no clock: it costs a message",
	`GuardClaim Equal("failures", attempt-1) never`:                  "a message that its clock calls early is sent again, for a moment later: it costs a message",
	`GuardLock GuardLockOwner(owner) never`:                          "a reconciler whose lock was taken in a lost response leaves the run to a later tick: it is about time",
	`GuardRun Equal("runId", runID) always`:                          "the engine changes only runs that it has read",
	`GuardFinish Equal("epoch", epoch) always`:                       "an epoch changes only by a redrive, which this version does not have",
	`GuardRestart AtMost("startLeaseUntil", now.UnixMilli()) always`: "a worker that takes over replays, and a replay claims: two of them at once cost messages",
	`GuardRestart Equal("startMessageId", messageID) always`:         "it never changes, and has been compared right before",
}

const ofParts = "only pkg/dynamo writes an input and the parts of large values as items of their own"

const ofCounters = "only pkg/dynamo's coordination store counts, and extends its locks"

// guardMutants makes two mutants of every clause of the guards in a file: one
// in which it always holds, and one in which it never does.
func guardMutants(root, file string) ([]mutant, error) {
	source, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		return nil, err
	}
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, source, 0)
	if err != nil {
		return nil, err
	}
	var found []mutant
	for _, f := range guardFunctions(parsed) {
		at := func(pos token.Pos) int { return set.Position(pos).Offset }
		ast.Inspect(f.Body, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || !isClause(call) {
				return true
			}
			clause := string(source[at(call.Pos()):at(call.End())])
			for _, change := range []struct{ name, guard string }{{"always", "Guard{}"}, {"never", never}} {
				rule := fmt.Sprintf("%s %s %s", f.Name.Name, clause, change.name)
				found = append(found, mutant{
					rule: rule, file: file, guard: true, unseen: unseenClauses[rule],
					edits: []edit{{file, at(call.Pos()), at(call.End()), change.guard}},
				})
			}
			return false
		})
	}
	return found, nil
}

// guardFunctions returns the functions of a file that make a guard for one purpose,
// not those that guards are composed of.
func guardFunctions(file *ast.File) (found []*ast.FuncDecl) {
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Recv != nil || !strings.HasPrefix(f.Name.Name, "Guard") || f.Type.Results == nil {
			continue
		}
		if result, ok := f.Type.Results.List[0].Type.(*ast.Ident); ok && result.Name == "Guard" {
			found = append(found, f)
		}
	}
	return found
}

func isClause(call *ast.CallExpr) bool {
	name, ok := call.Fun.(*ast.Ident)
	return ok && (clauses[name.Name] || strings.HasPrefix(name.Name, "Guard"))
}
