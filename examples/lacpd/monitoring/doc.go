// Package monitoring has what Prometheus and Grafana need for lacpd: alerts.yaml with rules,
// alerts_test.yaml with their tests for promtool, and dashboard.json. Its own tests check that
// every query is valid and names metrics and labels that lacpd has.
//
// It is a module of its own, so that lacpd's module does not need the parser of PromQL.
// promtool.sh fetches promtool, for the tests of the rules. They skip with a reason without it.
package monitoring
