//go:build !linux

package control

import "errors"

// Hand fails outside Linux: the error is [errors.ErrUnsupported].
func (s *Socket) Hand() (fd int, err error) { return -1, errors.ErrUnsupported }

// Adopt fails outside Linux: the error is [errors.ErrUnsupported].
func Adopt(path string, group, fd int) (*Socket, error) { return nil, errors.ErrUnsupported }
