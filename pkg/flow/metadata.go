package flow

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/duration"
	"github.com/flowcraft-go/flowcraft/internal/rawjson"
)

// The keys of a blueprint's metadata that the engine reads. Others are the user's
// own.
type metadata struct {
	Version json.RawMessage `json:"version"`
	Timeout json.RawMessage `json:"timeout"`
}

func (b *Blueprint) metadata() (meta metadata) {
	if json.Unmarshal(b.Metadata, &meta) != nil {
		return metadata{}
	}
	return meta
}

// Version returns metadata.version, or "".
func (b *Blueprint) Version() (version string) {
	if json.Unmarshal(b.metadata().Version, &version) != nil {
		return ""
	}
	return version
}

// Timeout returns metadata.timeout: the maximum duration of a run, given in
// milliseconds or as text such as "180d"; 0 if there is none.
func (b *Blueprint) Timeout() time.Duration {
	d, err := parseTimeout(b.metadata().Timeout)
	if err != nil {
		return 0
	}
	return d
}

// longestLife is the limit of metadata.timeout: every time of a run stays far below
// the last that can be stored.
const longestLife = 100 * 365 * 24 * time.Hour

func parseTimeout(raw json.RawMessage) (time.Duration, error) {
	if len(raw) == 0 || rawjson.IsNull(raw) {
		return 0, nil
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		d, err := duration.Parse(text)
		if err == nil && (d <= 0 || d > longestLife) {
			err = fmt.Errorf("must be positive, and at most %dd", int(longestLife.Hours()/24))
		}
		return d, err
	}
	ms, ok := wholeNumber(string(raw))
	if !ok || ms < 1 || ms > int64(longestLife/time.Millisecond) {
		return 0, fmt.Errorf("must be milliseconds or a duration such as 90s, 12h or 180d, at most %dd", int(longestLife.Hours()/24))
	}
	return time.Duration(ms) * time.Millisecond, nil
}

func checkMetadata(found *issues, b *Blueprint) {
	meta := b.metadata()
	if v := meta.Version; len(v) > 0 && !rawjson.IsNull(v) && v[0] != '"' {
		found.invalid("metadata.version", "it must be a string, not %s", rawjson.Kind(v))
	}
	if _, err := parseTimeout(meta.Timeout); err != nil {
		found.invalid("metadata.timeout", "it %v", err)
	}
}

// checkFits reports delays that are longer than the maximum duration of a run.
func (g *checkGraph) checkFits(found *issues) {
	life := g.blueprint.Timeout()
	if life == 0 {
		return
	}
	for i, n := range g.blueprint.Nodes {
		fits := func(field string, d time.Duration) {
			if d > life {
				found.invalid(fmt.Sprintf("nodes[%d].config.%s", i, field), "%s does not fit into a run, which may take %s: lower it, or raise metadata.timeout", d, life)
			}
		}
		fits("retryDelay", n.Config.RetryDelay)
		fits("timeout", n.Config.Timeout)
	}
}
