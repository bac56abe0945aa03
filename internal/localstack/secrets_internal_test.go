package localstack

import (
	"net/http/httptest"
	"testing"

	"github.com/flowcraft-go/flowcraft/internal/servers"
	"github.com/flowcraft-go/flowcraft/pkg/flow/secret"
	"github.com/flowcraft-go/flowcraft/pkg/secretaws"
)

// The server answers the worker's own client.
func TestSecrets(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(secretsHandler(secret.Given{"shop": "1", "ssm:/shop": "2"}))
	t.Cleanup(server.Close)
	cfg := servers.AWSConfig(server.URL)
	cfg.BaseEndpoint = &server.URL
	for name, want := range map[string]string{"shop": "1", "ssm:/shop": "2", "none": "ResourceNotFoundException", "ssm:none": "ParameterNotFound"} {
		parsed, err := secret.Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := secretaws.New(cfg).Read(t.Context(), parsed)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}
