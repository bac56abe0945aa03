package suites

import (
	"reflect"
	"slices"
	"testing"
	"time"
)

type inner struct {
	Code string
	List []string
}

type outer struct {
	Name string
	When time.Time
	Flag bool
	In   *inner
	Text []byte
	Each []inner
	inner
}

func TestZeroFields(t *testing.T) {
	t.Parallel()
	full := inner{Code: "c", List: []string{"", "x"}}
	all := outer{Name: "n", When: time.Unix(1, 0), Flag: true, In: &full, Text: []byte("t"), Each: []inner{{Code: "c"}, {List: []string{"x"}}}, inner: full}
	with := func(change func(*outer)) outer {
		changed := all
		change(&changed)
		return changed
	}
	for name, test := range map[string]struct {
		value any
		want  []string
	}{
		"nothing is zero":                      {all, nil},
		"all is zero":                          {outer{}, []string{"Each", "Flag", "In", "Name", "Text", "When", "inner.Code", "inner.List"}},
		"a field is":                           {with(func(o *outer) { o.Name = "" }), []string{"Name"}},
		"a time is":                            {with(func(o *outer) { o.When = time.Time{} }), []string{"When"}},
		"within a pointer":                     {with(func(o *outer) { o.In = &inner{Code: "c"} }), []string{"In.List"}},
		"within an embedded one":               {with(func(o *outer) { o.inner = inner{Code: "c", List: []string{""}} }), []string{"inner.List"}},
		"in all elements":                      {with(func(o *outer) { o.Each = []inner{{Code: "c"}, {}} }), []string{"Each.List"}},
		"in different elements":                {[]outer{with(func(o *outer) { o.Name = "" }), with(func(o *outer) { o.Flag = false })}, nil},
		"below a field that one element lacks": {[]outer{with(func(o *outer) { o.In = nil }), with(func(o *outer) { o.In = &inner{Code: "c"} })}, []string{"In.List"}},
		"in the values of a map":               {map[string]inner{"a": {Code: "c"}}, []string{"List"}},
		"an empty list":                        {[]outer{}, []string{""}},
		"a nil pointer":                        {(*outer)(nil), []string{""}},
	} {
		got := zeroFields(reflect.ValueOf(test.value))
		slices.Sort(got)
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
