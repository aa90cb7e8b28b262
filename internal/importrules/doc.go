// Package importrules tests which packages of this module may import which others.
package importrules
