// Package webtest tests lacpd's page in a headless Chromium. It is a module of its own, so that
// lacpd's module does not need the driver of a browser.
//
// The tests skip with a reason where there is no Chromium. Those of accessibility need axe-core
// too, which axe.sh fetches into a folder that the environment variable AXE names:
//
//	export AXE=$(mktemp -d) && ./axe.sh "$AXE"
//	LAGKIT_LAB=1 go test .
//
// Without LAGKIT_LAB a quick part of the tests runs. The pictures in ../docs are made by
//
//	go test -run Screenshots -update .
package webtest
