package etcd

import (
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/lacp"
)

// keys returns the keys of a group. The value is their prefix, /lagkit/v1/GROUP/.
type keys string

func keysOf(group string) keys { return keys("/lagkit/v1/" + url.PathEscape(group) + "/") }

// A name is escaped, so that it can't reach the keys of another one.

func (k keys) active(lag string) string { return string(k) + "lag/" + url.PathEscape(lag) + "/active" }
func (k keys) intent(lag string) string { return string(k) + "lag/" + url.PathEscape(lag) + "/intent" }

// publications returns the prefix of what all chassis publish about a LAG, or with an empty lag about
// themselves.
func (k keys) publications(lag string) string {
	if lag == "" {
		return string(k) + "chassis/"
	}
	return string(k) + "lag/" + url.PathEscape(lag) + "/ports/"
}

func (k keys) publication(me chassis.ID, lag string) string {
	return k.publications(lag) + url.PathEscape(string(me))
}

// kept returns the key of what is kept under a name, such as number/1. The error is a
// [*lacp.FieldError].
func (k keys) kept(name string) (string, error) {
	var parts []string
	for part := range strings.SplitSeq(name, "/") {
		if err := checkName("name", part); err != nil {
			return "", err
		}
		parts = append(parts, url.PathEscape(part))
	}
	if parts[0] == "lag" || parts[0] == "chassis" {
		return "", &lacp.FieldError{Field: "name", Value: strconv.Quote(name), Allowed: "a name that does not begin with lag or chassis"}
	}
	return string(k) + strings.Join(parts, "/"), nil
}

// checkName rejects a name that a key or a value can't hold. The error is a [*lacp.FieldError].
func checkName(field, name string) error {
	if name == "" || len(name) > mostName || !utf8.ValidString(name) {
		return &lacp.FieldError{Field: field, Value: strconv.Quote(name), Allowed: "1 to " + strconv.Itoa(mostName) + " octets of UTF-8"}
	}
	return nil
}

// chassisOf returns the chassis that has published under a key.
func chassisOf(key, prefix string) (chassis.ID, error) {
	name, err := url.PathUnescape(strings.TrimPrefix(key, prefix))
	if err != nil || checkName("", name) != nil {
		return "", &ValueError{Key: key, Problem: "its last part is no name of a chassis"}
	}
	return chassis.ID(name), nil
}
