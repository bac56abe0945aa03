// Package suites is the contract of stores, and of the engine over them, as
// tests that every store runs: [TestStore] asks for each fact of a store by
// itself, [TestEngine] runs blueprints with and without faults. Its own tests
// tell the protocol in stories, which stand in testdata/stories.
package suites
