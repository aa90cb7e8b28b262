package bond

import "strings"

// name returns the first name of a value; "invalid" if it has none.
func name[T ~uint8](v T, names [][]string) string {
	if int(v) >= len(names) {
		return "invalid"
	}
	return names[v][0]
}

// label returns the name of a value that has one; "invalid" if it has none.
func label[T ~uint8](v T, names []string) string {
	if int(v) >= len(names) {
		return "invalid"
	}
	return names[v]
}

// parse reads a value from one of its names, in any case. The error is a [*ConfigError] about a
// field.
func parse[T ~uint8](s, field, allowed string, names [][]string) (T, error) {
	for v, list := range names {
		for _, name := range list {
			if strings.EqualFold(s, name) {
				return T(v), nil
			}
		}
	}
	return 0, &ConfigError{Field: field, Value: s, Allowed: allowed}
}

// unmarshal stores what parse reads. On error v is unchanged.
func unmarshal[T any](v *T, text []byte, parse func(string) (T, error)) error {
	read, err := parse(string(text))
	if err == nil {
		*v = read
	}
	return err
}
