// Package importrules is a test of who may import whom in this module.
package importrules
