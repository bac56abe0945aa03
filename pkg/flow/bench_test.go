package flow

import "testing"

// BenchmarkMessageBody_Encode encodes the message of a job.
func BenchmarkMessageBody_Encode(b *testing.B) {
	body := MessageBody{RunID: "0123456789abcdef", BlueprintID: "order", NodeID: "charge the card", Scope: "poll.3", Attempt: 2, Hops: 7}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := body.Encode(); err != nil {
			b.Fatal(err)
		}
	}
}
