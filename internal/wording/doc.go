// Package wording keeps the prose of this repository plain: its test counts expressions
// that make a sentence hard to read, in all comments and documents.
package wording
