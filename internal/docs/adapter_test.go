package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// calls has node code of Flowcraft, and prints what the adapter answers for it, one
// line each.
const calls = `
import { lambdaOf } from "./adapter.mjs";
class Lamp {
  constructor(params, id) { this.params = params; this.id = id; }
  async prep(ctx) { return ctx.input + 1; }
  async exec(n, ctx) { if (n > 9) throw new Error("too many"); return { output: n * this.params.by, action: this.id }; }
  async post(done, ctx) { return done; }
}
class Safe extends Lamp { async fallback(error, ctx) { return { output: error.message }; } }
const event = { input: 1, params: { by: 10 }, runId: "r", nodeId: "n", scope: "", attempt: 2, idempotencyKey: "r/n" };
const fatal = Object.assign(new Error("no text"), { isFatal: true, code: "no_text" });
for (const [node, change] of [
  [async ({ input, params, dependencies }) => ({ output: [input, params.by, dependencies.model, dependencies.workflowState.idempotencyKey], action: "a" })],
  [async () => ({})], [async () => undefined], [async () => { throw fatal; }], [() => { throw new TypeError("odd"); }],
  [async () => ({ error: { message: "told" } })], [async (ctx) => ctx.context.get("key")], [Lamp], [Lamp, { input: 9 }], [Safe, { input: 9 }],
]) console.log(JSON.stringify(await lambdaOf(node, { model: "m" })({ ...event, ...change })));
`

// The adapter runs node functions and classes of Flowcraft, in about 30 lines.
func TestAdapterOfOriginalCode(t *testing.T) {
	t.Parallel()
	adapter := block(t, migration, "js", "lambdaOf")
	if lines := strings.Count(strings.TrimSpace(adapter), "\n") + 1; lines > 35 {
		t.Errorf("the adapter has %d lines", lines)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"adapter.mjs": adapter, "calls.mjs": calls} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	node := exec.CommandContext(t.Context(), "node", "calls.mjs")
	node.Dir = dir
	out, err := node.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want := `{"output":[1,10,"m","r/n"],"action":"a"}
{}
{}
{"error":{"message":"no text","code":"no_text","permanent":true}}
{"error":{"message":"odd","permanent":false}}
{"error":{"message":"told","permanent":false}}
{"error":{"message":"the run's context is not here: name its keys in the node's inputs","permanent":false}}
{"output":20,"action":"n"}
{"error":{"message":"too many","permanent":false}}
{"output":"too many"}
`
	if diff := cmp.Diff(want, string(out)); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
}
