package chassis

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// textVersion is the version of the texts in a store that this package writes and reads.
const textVersion = 1

// maxText is how long a text may be, in octets.
const maxText = 4096

// VersionError is the error of a text in the store with a version that is not known here: a chassis with
// newer software wrote it.
type VersionError struct {
	Version int
}

// Error returns the version and the newest that is known.
func (e *VersionError) Error() string {
	return "version " + strconv.Itoa(e.Version) + " is newer than version " + strconv.Itoa(textVersion) + ", which this chassis knows"
}

// decode reads a text of the store. Fields that are not known are ignored. The error is a [*VersionError]
// or describes the text.
func decode(text []byte, to any) error {
	if len(text) > maxText {
		return fmt.Errorf("%d octets, allowed: at most %d", len(text), maxText)
	}
	var head struct {
		V int `json:"v"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return err
	}
	switch {
	case head.V > textVersion:
		return &VersionError{head.V}
	case head.V < 1:
		return fmt.Errorf("version %d, allowed: 1", head.V)
	}
	return json.Unmarshal(text, to)
}
