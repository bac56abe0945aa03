package httpnode

import "io"

// readBody returns an answer's body, or more than most bytes of it. If its length is known
// (it is not negative), no more memory is taken: a worker reads many answers at the same time.
func readBody(from io.Reader, length int64, most int) ([]byte, error) {
	limited := io.LimitReader(from, int64(most)+1)
	if length < 0 || length > int64(most) {
		return io.ReadAll(limited)
	}
	body, n := make([]byte, length), 0
	for n < len(body) {
		more, err := limited.Read(body[n:])
		n += more
		if err == io.EOF { // a body that ends too early has an error of its own
			break
		}
		if err != nil {
			return nil, err
		}
	}
	return body[:n], nil
}
