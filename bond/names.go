package bond

// label returns the name of a value; "invalid" if it has none.
func label[T ~uint8](v T, names []string) string {
	if int(v) >= len(names) {
		return "invalid"
	}
	return names[v]
}
