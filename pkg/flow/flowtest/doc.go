// Package flowtest is the test kit of those who write workflows: it runs a
// blueprint in a test, stubs node code and keeps its calls.
package flowtest
