// Package web serves the status of lacpd over HTTP: a page for people, and the same facts for
// programs. It changes nothing.
//
//	/             the page: each bond drawn with its members, live
//	/status.json  the status, as the control socket gives it
//	/events       the status and the transitions as server-sent events; the page reads them
//	/metrics      for Prometheus
//	/healthz      "ok" as long as all bonds answer
//
// # Events
//
// A client of /events gets one "hello" (host, version), one "timeline" (the last transitions),
// and then a "status" each second and after each change, a "transition" for each change, and a
// "beat" in a second without a status. A status is complete, so a client that missed some needs
// only the newest. A client that does not read fast enough is dropped and may come back.
//
// # Access
//
// There is no login, so [Listen] takes only addresses of this machine, or a Unix socket,
// unless it is told otherwise. A request needs a Host header that no foreign name server can
// give: an IP address, localhost or a name from [Config]. So a page of another site that
// rebinds its name to this machine reads nothing. The page loads nothing from elsewhere, and
// its Content-Security-Policy forbids that.
package web
