// Package config is what a bond is configured with: [Config], the values of its settings, and
// the [Error] for a value that is not allowed. Package bond has the same names.
package config
