package sim

import (
	"bytes"
	"strconv"
	"strings"
)

// filling makes values large: all of them share it.
var filling = strings.Repeat("x", 5_000_000)

// fill marks a place in a value that is to be filled.
const fill = "~"

// place returns the text of a place that is filled with size bytes.
func place(size int) string { return fill + strconv.Itoa(size) + fill }

// filled returns a value with the filling at its places.
func filled(value []byte) []byte {
	return refilled(value, func(size int) string { return filling[:size] })
}

// emptied returns a value without the filling at its places.
func emptied(value []byte) []byte { return refilled(value, func(int) string { return "" }) }

func refilled(value []byte, with func(size int) string) []byte {
	parts := bytes.Split(value, []byte(fill))
	if len(parts) == 1 {
		return value
	}
	var out bytes.Buffer
	out.Write(parts[0])
	for i := 1; i+1 < len(parts); i += 2 {
		size, err := strconv.Atoi(string(parts[i]))
		if err != nil {
			panic(err)
		}
		after := parts[i+1]
		if bytes.HasPrefix(after, []byte(filling[:1])) {
			after = after[size:]
		}
		out.WriteString(place(size) + with(size))
		out.Write(after)
	}
	return out.Bytes()
}
