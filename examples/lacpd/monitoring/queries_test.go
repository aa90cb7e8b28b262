package monitoring

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/lagkit/lagkit/examples/lacpd/internal/metrics"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view/viewtest"
)

// known returns the metrics of lacpd and the labels that a query can have of each.
func known(t *testing.T) map[string][]string {
	t.Helper()
	var text strings.Builder
	if err := metrics.Write(&text, viewtest.Status(t)); err != nil {
		t.Fatal(err)
	}
	p := expfmt.NewTextParser(model.UTF8Validation)
	families, err := p.TextToMetricFamilies(strings.NewReader(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	labels := make(map[string][]string)
	for name, f := range families {
		labels[name] = []string{"__name__", "instance", "job"}
		for _, l := range f.Metric[0].Label {
			labels[name] = append(labels[name], l.GetName())
		}
	}
	return labels
}

// check parses a query and checks the names in it. It returns the labels that its result can
// have, as far as they come from metrics.
func check(t *testing.T, known map[string][]string, where, query string) (labels []string) {
	t.Helper()
	// Grafana replaces its variables. Those within a text need no help.
	query = strings.ReplaceAll(query, "$__rate_interval", "5m")
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(query)
	if err != nil {
		t.Errorf("%s: %v", where, err)
		return nil
	}
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		v, ok := n.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		has, ok := known[v.Name]
		if !ok {
			t.Errorf("%s: lacpd has no metric %q", where, v.Name)
		}
		for _, m := range v.LabelMatchers {
			if ok && !slices.Contains(has, m.Name) {
				t.Errorf("%s: %s has no label %q", where, v.Name, m.Name)
			}
		}
		labels = append(labels, has...)
		return nil
	})
	return labels
}

type dashboard struct {
	UID        string
	Templating struct {
		List []struct {
			Name  string
			Query json.RawMessage
		}
	}
	Panels []struct {
		ID          int
		Title       string
		Description string
		Type        string
		GridPos     struct{ X, Y, W, H int }
		Targets     []struct {
			RefID        string
			Expr         string
			LegendFormat string
		}
	}
}

var placeholder = regexp.MustCompile(`\{\{\s*(\w+)\s*\}\}`)

func TestDashboardAsksForMetricsThatExist(t *testing.T) {
	file, err := os.ReadFile("dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	var d dashboard
	if err := json.Unmarshal(file, &d); err != nil {
		t.Fatal(err)
	}
	has := known(t)
	ids := make(map[int]bool)
	if len(d.Panels) == 0 {
		t.Fatal("the dashboard has no panel")
	}
	for _, p := range d.Panels {
		if ids[p.ID] || p.Title == "" || p.Description == "" || len(p.Targets) == 0 || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("panel %d %q: want its own id, a title, a description, a query and a place within 24 columns", p.ID, p.Title)
		}
		ids[p.ID] = true
		for _, q := range p.Targets {
			where := fmt.Sprintf("panel %q, query %s", p.Title, q.RefID)
			labels := check(t, has, where, q.Expr)
			for _, m := range placeholder.FindAllStringSubmatch(q.LegendFormat, -1) {
				if !slices.Contains(labels, m[1]) {
					t.Errorf("%s: its legend names label %q, which no metric of it has", where, m[1])
				}
			}
		}
	}
	variables := regexp.MustCompile(`label_values\((.*), (\w+)\)`)
	for _, v := range d.Templating.List {
		m := variables.FindStringSubmatch(strings.ReplaceAll(string(v.Query), `\"`, `"`))
		if m == nil {
			continue
		}
		if labels := check(t, has, "variable "+v.Name, m[1]); !slices.Contains(labels, m[2]) {
			t.Errorf("variable %s: label %q does not exist", v.Name, m[2])
		}
	}
}

func TestAlertsAskForMetricsThatExist(t *testing.T) {
	file, err := os.ReadFile("alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var rules struct {
		Groups []struct {
			Rules []struct {
				Alert, Expr         string
				Labels, Annotations map[string]string
			}
		}
	}
	if err := yaml.Unmarshal(file, &rules); err != nil {
		t.Fatal(err)
	}
	has := known(t)
	tests, err := os.ReadFile("alerts_test.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(rules.Groups) == 0 {
		t.Fatal("there are no rules")
	}
	for _, r := range rules.Groups[0].Rules {
		labels := check(t, has, r.Alert, r.Expr)
		for _, m := range regexp.MustCompile(`\$labels\.(\w+)`).FindAllStringSubmatch(strings.Join(slices.Collect(maps.Values(r.Annotations)), " "), -1) {
			if !slices.Contains(labels, m[1]) {
				t.Errorf("%s: an annotation has label %q, which does not exist", r.Alert, m[1])
			}
		}
		if r.Labels["severity"] == "" || r.Annotations["summary"] == "" || r.Annotations["description"] == "" {
			t.Errorf("%s: want a severity, a summary and a description", r.Alert)
		}
		if !strings.Contains(string(tests), r.Alert) {
			t.Errorf("%s has no test in alerts_test.yaml", r.Alert)
		}
	}
}

// TestAlertsFire runs the tests of the rules.
func TestAlertsFire(t *testing.T) {
	tool := os.Getenv("PROMTOOL")
	if tool == "" {
		path, err := exec.LookPath("promtool")
		if err != nil {
			t.Skipf("needs promtool, see promtool.sh: %v", err)
		}
		tool = path
	}
	for _, args := range [][]string{{"check", "rules", "alerts.yaml"}, {"test", "rules", "alerts_test.yaml"}} {
		if out, err := exec.Command(tool, args...).CombinedOutput(); err != nil {
			t.Errorf("%s %s: %v\n%s", filepath.Base(tool), strings.Join(args, " "), err, out)
		}
	}
}
