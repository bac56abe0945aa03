package flow

import (
	"bytes"
	"encoding/json"
	"maps"
)

// objectKeys is the table of the keys of a JSON object, whose values are kept in a
// struct S. Parsing, checks, output and documentation all use the table, so that no
// key can be parsed but not checked, or written but not read.
type objectKeys[S any] []objectKey[S]

// objectKey is one of them.
type objectKey[S any] struct {
	name   string
	form   string // for the documentation
	doc    string // one or two sentences for the documentation
	schema schema
	inner  []keyDoc // of an object

	read  func(o object, to *S)
	check func(found *issues, path string, from *S)
	// write returns the value's JSON, nil if it is left out.
	write func(from *S) (json.RawMessage, error)
}

// keyOf returns the key whose value has the form f in JSON, and is kept in S at at.
func keyOf[S, T any](name string, at func(*S) *T, f form[T], doc string) objectKey[S] {
	return objectKey[S]{
		name: name, form: f.name, doc: doc, schema: f.schema, inner: f.inner,
		read:  func(o object, to *S) { *at(to) = f.read(o, name) },
		check: func(found *issues, path string, from *S) { f.check(found, path+"."+name, *at(from)) },
		write: func(from *S) (json.RawMessage, error) { return f.write(*at(from)) },
	}
}

// read reads an object; a key that is not in the table is reported.
func (all objectKeys[S]) read(o object) (s S) {
	names := make([]string, len(all))
	for i, k := range all {
		names[i] = k.name
		k.read(o, &s)
	}
	o.only(names...)
	return s
}

// check reports the values that have no JSON form, or no meaning.
func (all objectKeys[S]) check(found *issues, path string, s *S) {
	for _, k := range all {
		k.check(found, path, s)
	}
}

// write writes the object, without the keys that have their default.
func (all objectKeys[S]) write(s *S) (json.RawMessage, error) {
	var object bytes.Buffer
	object.WriteByte('{')
	for _, k := range all {
		value, err := k.write(s)
		if err != nil {
			return nil, err
		}
		if value == nil {
			continue
		}
		if object.Len() > 1 {
			object.WriteByte(',')
		}
		object.WriteString(`"` + k.name + `":`)
		object.Write(value)
	}
	object.WriteByte('}')
	return object.Bytes(), nil
}

// unset reports whether nothing would be written.
func (all objectKeys[S]) unset(s *S) bool {
	for _, k := range all {
		if value, err := k.write(s); value != nil || err != nil {
			return false
		}
	}
	return true
}

// schema returns the schema of the object.
func (all objectKeys[S]) schema() schema {
	properties := schema{}
	for _, k := range all {
		described := schema{"description": k.doc}
		maps.Copy(described, k.schema)
		properties[k.name] = described
	}
	return schema{"type": "object", "properties": properties, "additionalProperties": false}
}

// keyDoc is a key's row in the documentation.
type keyDoc struct{ name, form, doc string }

// docs returns the rows of all keys; the keys of an inner object follow it.
func (all objectKeys[S]) docs() (rows []keyDoc) {
	for _, k := range all {
		rows = append(rows, keyDoc{k.name, k.form, k.doc})
		for _, inner := range k.inner {
			rows = append(rows, keyDoc{k.name + "." + inner.name, inner.form, inner.doc})
		}
	}
	return rows
}
