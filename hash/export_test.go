package hash

// PlainSum computes the hash without the quick functions.
func PlainSum(h Hasher, frame []byte) uint32 { return h.plainSum(look(frame, h.tags), nil) }
