package flow

// schema is a JSON Schema (2020-12), or a part of one.
type schema map[string]any

// blueprintSchema returns the schema for editors: it describes blueprints in their
// recommended form. It has no place for null and for empty texts, which are read as
// absent, and leaves the rules that span several fields to [Validate].
func blueprintSchema() schema {
	id := schema{"type": "string", "minLength": 1, "maxLength": MaxIDLength}
	name := schema{"type": "string", "minLength": 1}
	anything := schema{"type": "object"}
	node := schema{
		"type": "object", "required": []string{"id", "uses"},
		"properties": schema{
			"id": id, "uses": name, "params": anything,
			"inputs": schema{"anyOf": []schema{name, {"type": "object", "additionalProperties": name}}},
			"config": configKeys.schema(),
		},
	}
	edge := schema{
		"type": "object", "required": []string{"source", "target"},
		"properties": schema{
			"source": name, "target": name,
			"action": schema{"type": "string"}, "condition": schema{"type": "string"}, "transform": schema{"type": "string"},
			"otherwise": schema{"type": "boolean"},
		},
	}
	return schema{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Blueprint",
		"type": "object", "required": []string{"id", "nodes"},
		"properties": schema{
			"id": id, "nodes": schema{"type": "array", "minItems": 1, "items": node},
			"edges": schema{"type": "array", "items": edge}, "metadata": anything,
		},
	}
}
