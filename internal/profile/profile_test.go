package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMain makes the test binary the server, as which the program starts itself.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == serving {
		main()
	}
	os.Exit(m.Run())
}

func TestProfile(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := profile(t.Context(), &out, settings{runs: 20, atOnce: 2, noShares: true}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2+len(shapes) {
		t.Fatalf("%s\nwant a row for each of %d shapes", &out, len(shapes))
	}
	// A node's write, the start, the end, and perhaps the input: the engine reads nothing.
	if cells := strings.Fields(lines[2]); cells[1] != shapes[0].ID || cells[3] != "1.20" && cells[3] != "1.30" {
		t.Errorf("%s\nwant 1.20 or 1.30 requests a node", lines[2])
	}
}

func TestShareOut(t *testing.T) {
	t.Parallel()
	shares, err := shareOut([]byte(`File: worker
Type: cpu
Duration: 1s, Total samples = 100ms
-----------+-------------------------------------------------------
      10ms   crypto/sha256.block
             github.com/aws/aws-sdk-go-v2/aws/signer/v4.(*Signer).SignHTTP
             github.com/flowcraft-go/flowcraft/pkg/dynamo.(*requests).put
-----------+-------------------------------------------------------
      20ms   runtime.scanobject
             runtime.gcDrain
             runtime.gcBgMarkWorker
-----------+-------------------------------------------------------
      30ms   internal/runtime/syscall.Syscall6
             crypto/tls.(*Conn).Write
             net/http.(*persistConn).writeLoop
-----------+-------------------------------------------------------
      40ms   runtime.mallocgc
             github.com/flowcraft-go/flowcraft/pkg/dynamo.(*requests).put
-----------+-------------------------------------------------------
`))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{"signing": 0.1, "collector": 0.2, "HTTP and TLS": 0.3, "own code": 0.4}
	for category := range shares {
		shares[category] = float64(int(100*shares[category]+0.5)) / 100
	}
	if diff := cmp.Diff(want, shares); diff != "" {
		t.Errorf("shares (-want +got):\n%s", diff)
	}
	if _, err := shareOut(nil); err == nil {
		t.Error("an empty profile is no error")
	}
}
