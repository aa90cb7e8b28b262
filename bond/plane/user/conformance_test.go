package user_test

import (
	"testing"

	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/bond/plane/planetest"
	"github.com/lagkit/lagkit/bond/plane/user"
)

func TestConformance(t *testing.T) { planetest.Test(t, func() plane.Plane { return user.New() }) }
