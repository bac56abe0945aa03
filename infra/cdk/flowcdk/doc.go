// Package flowcdk is the infrastructure of a workflow engine as one CDK construct:
// a queue with its dead-letter queue, three tables, the worker and the reconciler,
// their triggers, roles, alarms and a dashboard. A stack may contain it, and more
// than once:
//
//	flows, err := flowcdk.New(stack, "Flow", flowcdk.Props{
//		Worker:     worker,     // an asset, see [Package]
//		Reconciler: reconciler, // the same
//	})
//	if err != nil { … }
//	flows.GrantStart(api)
//
// Each kind of user has a grant: [State.GrantStart], [State.GrantInspect],
// [State.GrantRead], [State.GrantOperate]. Queues and tables can stand in a stack of
// their own, see [NewState].
//
// All settings are checked together before anything is built: those that AWS would
// refuse, and those that would break a guarantee of the engine.
package flowcdk
