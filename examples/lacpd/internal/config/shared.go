package config

// sharedKeys are the keys of a bond that all boxes of its LAG have to agree about.
var sharedKeys = []string{
	"mtu", "mac", "xmit_hash_policy", "min_links", "max_links", "lacp_active", "lacpdu_rate", "lacp_key", "system_mac", "system_priority",
	"lag_mode", "lag_prefer", "lag_restore_delay", "on_isolation",
}

// Shared returns the settings that all boxes of the bond's LAG have to agree about, by key and as the file
// spells them. "default" stands for a value that lacpd chooses.
func (b *Bond) Shared() map[string]string {
	settings := make(map[string]string)
	for _, key := range sharedKeys {
		value := flowText(b.node(findOption(key)))
		if value == "" {
			value = "default"
		}
		settings[key] = value
	}
	return settings
}
