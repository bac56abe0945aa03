package rawjson

import "bytes"

// TrimMark returns a text without the byte order mark that editors and shells on Windows
// put before it: it is no part of JSON.
func TrimMark(text []byte) []byte { return bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")) }
