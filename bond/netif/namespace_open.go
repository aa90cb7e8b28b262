package netif

import "github.com/lagkit/lagkit/bond/link"

// OpenLink is [OpenLink] in the namespace.
func (n *Namespace) OpenLink(cfg Config) (l link.Port, err error) {
	err = n.Do(func() error {
		opened, err := OpenLink(cfg)
		if err == nil {
			l = opened
		}
		return err
	})
	return l, err
}

// OpenMember is [OpenMember] in the namespace.
func (n *Namespace) OpenMember(cfg Config) (m *Member, err error) {
	err = n.Do(func() (err error) {
		m, err = OpenMember(cfg)
		return err
	})
	return m, err
}

// OpenDevice is [OpenDevice] in the namespace.
func (n *Namespace) OpenDevice(cfg DeviceConfig) (d link.Face, err error) {
	err = n.Do(func() error {
		opened, err := OpenDevice(cfg)
		if err == nil {
			d = opened
		}
		return err
	})
	return d, err
}
