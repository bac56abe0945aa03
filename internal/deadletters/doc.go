// Package deadletters sends dead letters to their queue again, as the messages that
// they first were.
package deadletters
