package turns_test

import (
	"bytes"
	"context"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/turns"
)

// slow takes a while to end, and counts those that are read beyond the small part.
type slow struct {
	io.Reader
	now, most *atomic.Int32
	read      int
	begun     bool
}

func (s *slow) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p[:min(len(p), 64<<10)])
	if err == io.EOF {
		if s.begun {
			time.Sleep(time.Second / 8)
			s.now.Add(-1)
		}
		return n, err
	}
	if s.read += n; s.read > turns.SmallBody+64<<10 && !s.begun { // the read before may begin below
		s.begun = true
		s.most.Store(max(s.most.Load(), s.now.Add(1)))
	}
	return n, err
}

func TestLargeBodiesAreReadInTurns(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		bytes int
		most  int32
	}{"large": {2 * turns.SmallBody, 2}, "small": {turns.SmallBody, 0}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var now, most atomic.Int32
				all := turns.New(2)
				var readers sync.WaitGroup
				for range 8 {
					readers.Go(func() {
						b := all.Body(t.Context(), io.NopCloser(&slow{Reader: bytes.NewReader(make([]byte, test.bytes)), now: &now, most: &most}))
						defer b.Close()
						if got, err := io.ReadAll(b); len(got) != test.bytes || err != nil {
							t.Errorf("%d bytes, error %v; want %d", len(got), err, test.bytes)
						}
					})
				}
				readers.Wait()
				if most.Load() != test.most {
					t.Errorf("%d were read at a time beyond their small part, want %d", most.Load(), test.most)
				}
			})
		})
	}
}

// A stuck work delays others, and does not hold them.
func TestTakeDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		all := turns.New(1)
		stuck := all.Take(t.Context())
		began := time.Now()
		all.Take(t.Context())()
		if waited := time.Since(began); waited != turns.Patience {
			t.Errorf("it waited for %s, want %s", waited, turns.Patience)
		}
		over, cancel := context.WithCancel(t.Context())
		cancel()
		all.Take(over)()
		stuck()
		stuck() // once more changes nothing
		began = time.Now()
		first := all.Take(t.Context())
		if waited := time.Since(began); waited != 0 {
			t.Errorf("it waited for %s for a turn that was given back", waited)
		}
		first()
	})
}
