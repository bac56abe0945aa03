// Command profile tells where a worker's processor time goes: per request to AWS, per node,
// and in shares. The worker's own parts run in this process, with TLS, against a second
// process that answers every request at once, so that its time does not count.
package main
