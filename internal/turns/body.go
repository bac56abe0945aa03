package turns

import (
	"context"
	"io"
)

// SmallBody is the number of bytes of a body that are read without a turn.
const SmallBody = 256 << 10

// Body returns a body whose part above [SmallBody] is read in a turn, which lasts until the
// body ends or is closed.
func (t Turns) Body(ctx context.Context, from io.ReadCloser) io.ReadCloser {
	return &body{ReadCloser: from, ctx: ctx, turns: t, done: func() {}}
}

type body struct {
	io.ReadCloser
	ctx   context.Context // of the one request whose answer it is
	turns Turns
	read  int
	taken bool
	done  func()
}

func (b *body) Read(p []byte) (int, error) {
	if b.read >= SmallBody && !b.taken {
		b.taken, b.done = true, b.turns.Take(b.ctx)
	}
	n, err := b.ReadCloser.Read(p)
	b.read += n
	if err != nil {
		b.done()
	}
	return n, err
}

// Close gives the turn back.
func (b *body) Close() error {
	b.done()
	return b.ReadCloser.Close()
}
