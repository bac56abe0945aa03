package localstack

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow/secret"
)

// serveSecrets starts the server that answers the functions for Secrets Manager and
// Parameter Store. With no secrets it answers too: no function of the stack asks AWS.
func (s *Stack) serveSecrets(config *Config) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("serve secrets: %w", err)
	}
	server := &http.Server{Handler: secretsHandler(config.Secrets), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }() // until it is closed
	s.onStop(func() { _ = server.Close() })    // nothing is lost
	config.secretsEndpoint = "http://" + listener.Addr().String()
	return nil
}

// secretsHandler answers the two requests that read a secret, in the forms of the two
// services.
func secretsHandler(secrets secret.Given) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct{ SecretId, Name string }
		_ = json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&in) // no name is not among the secrets
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		name := secret.Name{ID: in.SecretId}
		if in.Name != "" {
			name = secret.Name{ID: in.Name, Parameter: true}
		}
		text, err := secrets.Read(r.Context(), name)
		var answer any
		switch {
		case err != nil && name.Parameter:
			answer = map[string]string{"__type": "ParameterNotFound"}
		case err != nil:
			answer = map[string]string{"__type": "ResourceNotFoundException"}
		case name.Parameter:
			answer = map[string]any{"Parameter": map[string]string{"Name": in.Name, "Value": text}}
		default:
			answer = map[string]string{"Name": in.SecretId, "SecretString": text}
		}
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
		}
		_ = json.NewEncoder(w).Encode(answer) // the function sees if it is incomplete
	})
}
