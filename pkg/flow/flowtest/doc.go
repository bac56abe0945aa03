// Package flowtest is the test kit: what users need to test their workflows,
// the suites that every store must pass, and the injection of faults.
package flowtest
