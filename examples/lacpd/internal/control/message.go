package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/lagkit/lagkit/lacp"
)

// Version is the version of the protocol.
const Version = 1

// Request asks the server to carry out a command.
type Request struct {
	Version int             `json:"version"` // 0 means Version
	ID      uint64          `json:"id"`      // returned in each answer
	Command string          `json:"command"`
	Args    json.RawMessage `json:"args,omitempty"`
}

// Answer is a line that the server sends. It has an event, a result or an error.
type Answer struct {
	Version int             `json:"version"`
	ID      uint64          `json:"id"`
	Missed  int             `json:"missed,omitempty"` // events before this one that were left out
	Event   json.RawMessage `json:"event,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *Error          `json:"error,omitempty"`
}

// The kinds of errors.
const (
	// KindRefused: a value of the request is not allowed. Nothing has changed.
	KindRefused = "refused"
	// KindDenied: the client may not change anything.
	KindDenied = "denied"
	// KindBusy: too many clients ask for the same. Another try may succeed.
	KindBusy = "busy"
	// KindFailed: the command was tried and failed.
	KindFailed = "failed"
)

// Error is why a command was not carried out. A refusal names the field, its value and what is
// allowed.
type Error struct {
	Kind     string    `json:"kind"`
	Message  string    `json:"message"`
	Field    string    `json:"field,omitempty"`
	Value    string    `json:"value,omitempty"`
	Allowed  string    `json:"allowed,omitempty"`
	Problems []Problem `json:"problems,omitempty"` // of a file, if there are several
}

// Problem is one thing that is wrong in a file.
type Problem struct {
	Line    int    `json:"line"`
	Column  int    `json:"column,omitempty"`
	Field   string `json:"field"`
	Value   string `json:"value"`
	Text    string `json:"text"` // what is allowed, or what to do
	Warning bool   `json:"warning,omitempty"`
}

// Error returns the message, with one line for each problem.
func (e *Error) Error() string {
	lines := []string{e.Message}
	for i := range e.Problems {
		lines = append(lines, e.Problems[i].String())
	}
	return strings.Join(lines, "\n")
}

// String returns "line: field: value: what is allowed".
func (p *Problem) String() string {
	return fmt.Sprintf("%d: %s: %s: %s", p.Line, p.Field, p.Value, p.Text)
}

// Refused returns the error for a value that is not allowed.
func Refused(field, value, allowed string) *Error {
	return &Error{Kind: KindRefused, Field: field, Value: clip(value), Allowed: allowed,
		Message: fmt.Sprintf("%s is %q, allowed: %s", field, clip(value), allowed)}
}

// asError returns err as a client gets it.
func asError(err error) *Error {
	var e *Error
	var field *lacp.FieldError
	switch {
	case errors.As(err, &e):
		return e
	case errors.As(err, &field):
		e = Refused(field.Field, field.Value, field.Allowed)
		e.Message = clip(err.Error())
		return e
	}
	return &Error{Kind: KindFailed, Message: clip(err.Error())}
}

// maxValue is the longest value or message that an error repeats, in octets.
const maxValue = 1000

func clip(s string) string {
	if len(s) <= maxValue {
		return s
	}
	return strings.ToValidUTF8(s[:maxValue], "") + "..."
}
