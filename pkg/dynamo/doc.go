// Package dynamo keeps runs in DynamoDB.
//
// [Store] is the engine's store on three tables, which package tables
// describes: status holds one item for each run; context one item for each task,
// each context key, the run's input, each blueprint and each part of a large value;
// coordination the joins, timers, locks and counters. [CreateTables] creates them
// without a deployment.
//
// There is one item for each node rather than one for each run, so that the
// price of a write and DynamoDB's limit of 400 KB concern one value. Values are
// JSON in text attributes, readable in the console. Values that would make an item
// too large are written first, in parts whose keys are the hash of the whole, and
// the item names them: see docs/guarantees.md.
//
// Conditions are [state.Guard] values, translated in one place; the package has
// none of its own. A request that the SDK repeats because its answer was lost
// may meet its own success, and is then answered with that success.
//
// [Context] and [CoordinationStore] are Flowcraft's components of these names
// on the same tables.
package dynamo
