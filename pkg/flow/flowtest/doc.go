// Package flowtest is the test kit for authors of workflows: it runs a blueprint in a
// test, stubs node code and records its calls.
package flowtest
