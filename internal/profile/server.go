package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"sync/atomic"
	"time"
)

// serving is the argument with which this program is the server.
const serving = "-serve"

// greeting is what a server tells of itself in its first line.
type greeting struct {
	Address   string
	Authority string // its certificate, as a CA bundle
}

// answer is that of DynamoDB to a write that returns nothing.
const answer = `{}`

// serve answers every request as DynamoDB answers a write, until its input ends.
func serve(in io.Reader, out io.Writer) error {
	certificate, authority, err := certify()
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	var requests atomic.Int64
	checksum := strconv.FormatUint(uint64(crc32.ChecksumIEEE([]byte(answer))), 10)
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // a broken request is the client's fault
			if r.Method == http.MethodGet {
				fmt.Fprint(w, requests.Load())
				return
			}
			requests.Add(1)
			header := w.Header()
			header.Set("Content-Type", "application/x-amz-json-1.0")
			header.Set("X-Amz-Crc32", checksum)
			header.Set("X-Amzn-Requestid", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEF")
			_, _ = io.WriteString(w, answer)
		}),
		TLSConfig:    &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{"http/1.1"}},
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){}, // DynamoDB does not speak HTTP/2
	}
	if err := json.NewEncoder(out).Encode(greeting{"https://" + listener.Addr().String(), authority}); err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, in)
		_ = server.Close()
	}()
	if err := server.ServeTLS(listener, "", ""); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// certify makes a certificate for this machine that is its own authority.
func certify() (certificate tls.Certificate, authority string, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return certificate, "", err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return certificate, "", err
	}
	bundle := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw})
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}, string(bundle), nil
}

// server is the other process.
type server struct {
	greeting
	bundle  string // file
	command *exec.Cmd
	stdin   io.Closer
	client  *http.Client
}

func startServer(ctx context.Context) (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s := &server{command: exec.CommandContext(ctx, self, serving)}
	s.command.Stderr = os.Stderr
	stdin, err := s.command.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := s.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.stdin = stdin
	if err := s.command.Start(); err != nil {
		return nil, err
	}
	if err := s.greeted(stdout); err != nil {
		s.stop()
		return nil, fmt.Errorf("start the server: %w", err)
	}
	return s, nil
}

func (s *server) greeted(stdout io.Reader) error {
	first, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err != nil {
		return err
	}
	if err := json.Unmarshal(first, &s.greeting); err != nil {
		return err
	}
	file, err := os.CreateTemp("", "profile-*.pem")
	if err != nil {
		return err
	}
	s.bundle = file.Name()
	if _, err := file.WriteString(s.Authority); err != nil {
		return err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(s.Authority))
	s.client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	return file.Close()
}

// requests returns the number of requests so far.
func (s *server) requests(ctx context.Context) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Address, nil)
	if err != nil {
		return 0, err
	}
	response, err := s.client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(string(text))
}

func (s *server) stop() {
	_ = s.stdin.Close() // it ends then
	_ = s.command.Wait()
	_ = os.Remove(s.bundle)
}
