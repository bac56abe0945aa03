package httpnode

import (
	"bytes"
	"runtime"
	"testing"
	"testing/iotest"
)

// Not parallel: the bytes that other tests allocate would count.
func TestReadBodyTakesLittleMemory(t *testing.T) {
	const most = 5_000_000
	for name, test := range map[string]struct {
		bytes  int
		length int64
		most   float64 // bytes allocated, as a multiple of those of the body
	}{
		"known length":      {4_800_000, 4_800_000, 1.1},
		"unknown length":    {4_800_000, -1, 5},
		"longer than it is": {4_000_000, 4_800_000, 1.3},
		"as large as it may be, of unknown length": {most, -1, 5},
	} {
		t.Run(name, func(t *testing.T) {
			want := bytes.Repeat([]byte("0123456789"), test.bytes/10)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			got, err := readBody(bytes.NewReader(want), test.length, most)
			runtime.ReadMemStats(&after)
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%d bytes, error %v; want the body of %d", len(got), err, len(want))
			}
			if allocated := float64(after.TotalAlloc-before.TotalAlloc) / float64(len(want)); allocated > test.most {
				t.Errorf("it allocates %.1f times the body, want at most %.1f", allocated, test.most)
			}
		})
	}
}

func TestReadBody(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body   string
		length int64
		want   string // of at most 5 bytes
	}{
		"empty":                      {"", 0, ""},
		"empty of unknown length":    {"", -1, ""},
		"short":                      {"abc", 3, "abc"},
		"short of unknown length":    {"abc", -1, "abc"},
		"too long":                   {"abcdefgh", 8, "abcdef"},
		"too long of unknown length": {"abcdefgh", -1, "abcdef"},
		"the limit":                  {"abcde", 5, "abcde"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from := iotest.OneByteReader(bytes.NewReader([]byte(test.body)))
			got, err := readBody(from, test.length, 5)
			if err != nil || string(got) != test.want {
				t.Errorf("%q, error %v; want %q", got, err, test.want)
			}
		})
	}
}
