package flowcdk

import (
	"strconv"
	"time"
)

// names are what the functions find their queue and tables by, and what they
// name their metrics after.
type names struct{ queueURL, context, status, coordination, flow string }

// environment is what both functions read at their start.
func (p Props) environment(n names) map[string]string {
	return map[string]string{
		"FLOW_QUEUE_URL":          n.queueURL,
		"FLOW_CONTEXT_TABLE":      n.context,
		"FLOW_STATUS_TABLE":       n.status,
		"FLOW_COORDINATION_TABLE": n.coordination,
		"FLOW_TIMEOUT":            duration(p.Timeout),
		"FLOW_VISIBILITY":         duration(p.Visibility),
		"FLOW_MAX_RECEIVES":       strconv.Itoa(p.MaxReceives),
		"FLOW_STALLED_AFTER":      duration(p.StalledAfter),
		"FLOW_RETENTION":          duration(p.Retention),
		"FLOW_NODE_TIMEOUT":       duration(p.NodeTimeout),
		"FLOW_RESERVE":            duration(p.Reserve),
		"FLOW_BLUEPRINTS":         blueprintsFolder,
		"FLOW_MAX_STARTS":         strconv.Itoa(p.MaxStarts),
		"FLOW_MAX_HOPS":           strconv.Itoa(p.MaxHops),
		"FLOW_MAX_VALUE":          strconv.Itoa(p.MaxValue),
		"FLOW_RESCUE_LIMIT":       strconv.Itoa(p.RescueLimit),
		"LOG_LEVEL":               p.LogLevel,
		"FLOW_METRICS":            "on",
		"FLOW_NAME":               n.flow,
	}
}

// duration is as a person would write it where that is exact: 90d, 5m0s.
func duration(d time.Duration) string {
	if d >= day && d%day == 0 {
		return strconv.FormatInt(int64(d/day), 10) + "d"
	}
	return d.String()
}
