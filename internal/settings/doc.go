// Package settings is the only table of settings: of the functions, of the queue
// between them and of their deployment. The environment that a function reads, the
// properties of the CDK construct and the keys of its context, the flags of
// flowctl, docs/configuration.md and the names in errors are made from it.
//
// A setting has a variable, FLOW_STALLED_AFTER, from which its other names are
// derived (the context's key stalledAfter, the flag --stalled-after), and a field,
// StalledAfter. A struct with a field of that name has the setting: [Load] reads
// the environment into such structs, [Environment] writes it from them, [Copy]
// copies the settings of one to another, and [SetDefaults] completes one. So
// engine.Config, flowcdk.Props, the local stack's configuration and the commands of
// flowctl name a setting only by its field.
//
// # Adding a setting
//
//   - Add an entry to the table, in table.go.
//   - Add the field to the struct that uses it: to engine.Config for the engine,
//     to the functions' settings in pkg/lambdaflow for a function. Use it.
//   - If users may set it, add the field to flowcdk.Props, and to each command of
//     flowctl that the entry names.
//   - Run go test ./internal/docs -update, which writes docs/configuration.md.
//
// Tests fail for an entry without documentation, for an unused entry, and for a
// missing property or flag.
package settings
