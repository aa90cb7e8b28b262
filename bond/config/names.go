package config

import "strings"

// name returns the first name of a value; "invalid" if it has none.
func name[T ~uint8](v T, names [][]string) string {
	if int(v) >= len(names) {
		return "invalid"
	}
	return names[v][0]
}

// parse reads a value from one of its names, in any case.
func parse[T ~uint8](s, field, allowed string, names [][]string) (T, error) {
	for v, list := range names {
		for _, name := range list {
			if strings.EqualFold(s, name) {
				return T(v), nil
			}
		}
	}
	return 0, &Error{Field: field, Value: s, Allowed: allowed}
}

// unmarshal stores what parse reads. On error v is unchanged.
func unmarshal[T any](v *T, text []byte, parse func(string) (T, error)) error {
	read, err := parse(string(text))
	if err == nil {
		*v = read
	}
	return err
}
