// Package client starts, cancels and reads runs. Starting and cancelling send a
// message, and need only a [state.Sender]; reading needs a [state.Directory].
package client
