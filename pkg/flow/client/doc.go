// Package client starts runs, acts on them and reads them. To start or to
// cancel a run is to send a message: it needs only a [flow.Sender]. To read one
// takes a [state.Directory].
package client
