package lacp

import "testing"

// A port that is added again gets the aggregator left by the earlier port.
func TestAggregatorOfANumberIsOne(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{}, PortConfig{})
	d.establish(1, 2)
	if err := d.RemovePort(d.now, 1); err != nil {
		t.Fatal(err)
	}
	d.drain()
	addPort(t, d.System, d.now, portDefaults(0, PortConfig{}))
	d.drain()
	if len(d.aggregators) != 2 || d.aggregators[0].id != 1 || d.aggregators[1].id != 2 {
		t.Errorf("%d aggregators for two ports", len(d.aggregators))
	}
}
