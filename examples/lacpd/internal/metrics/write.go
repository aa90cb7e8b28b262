package metrics

import (
	"io"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/common/expfmt"

	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

const (
	maxScrapes = 4                // answered by a handler at the same time
	scrapeTime = 10 * time.Second // for one
)

// Handler answers Prometheus with the metrics of the present status and of this process. It calls
// status for each answer, from several goroutines.
func Handler(status func() view.Status) http.Handler {
	r := prometheus.NewRegistry()
	r.MustRegister(&collector{func() *view.Status { s := status(); return &s }}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{MaxRequestsInFlight: maxScrapes, Timeout: scrapeTime})
}

// Write writes the metrics of a status in the text format of Prometheus.
func Write(w io.Writer, s *view.Status) error {
	r, err := registryOf(s)
	if err != nil {
		return err
	}
	families, err := r.Gather()
	if err != nil {
		return err
	}
	e := expfmt.NewEncoder(w, expfmt.NewFormat(expfmt.TypeTextPlain))
	for _, f := range families {
		if err := e.Encode(f); err != nil {
			return err
		}
	}
	return nil
}

// WriteFile writes the metrics of a status to a file, as Write does. A reader of the file sees
// the old or the new one, never a part.
func WriteFile(name string, s *view.Status) error {
	r, err := registryOf(s)
	if err != nil {
		return err
	}
	return prometheus.WriteToTextfile(name, r)
}

// registryOf returns a registry with the metrics of a status.
func registryOf(s *view.Status) (*prometheus.Registry, error) {
	r := prometheus.NewPedanticRegistry()
	return r, r.Register(&collector{func() *view.Status { return s }})
}
