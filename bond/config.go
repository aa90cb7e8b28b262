package bond

import "github.com/lagkit/lagkit/bond/config"

// The configuration of a bond is package config: see there for the settings.
type (
	Config      = config.Config
	LACPConfig  = config.LACPConfig
	OpenConfig  = config.OpenConfig
	Opener      = config.Opener
	Mode        = config.Mode
	Rate        = config.Rate
	Reselect    = config.Reselect
	MACPolicy   = config.MACPolicy
	OffloadMode = config.OffloadMode
	ConfigError = config.Error
)

// The MTUs a bond can have, in octets of payload.
const (
	MinMTU     = config.MinMTU
	MaxMTU     = config.MaxMTU
	DefaultMTU = config.DefaultMTU
)

// The modes: see [Mode].
const (
	ModeLACP        = config.ModeLACP
	ModeFailover    = config.ModeFailover
	ModeLoadBalance = config.ModeLoadBalance
	ModeRoundRobin  = config.ModeRoundRobin
	ModeBroadcast   = config.ModeBroadcast
	ModeSLB         = config.ModeSLB
	ModeNone        = config.ModeNone
	ModeRandom      = config.ModeRandom
)

// The LACPDU rates: see [Rate].
const (
	RateSlow = config.RateSlow
	RateFast = config.RateFast
)

// The values of [Reselect].
const (
	ReselectAlways  = config.ReselectAlways
	ReselectBetter  = config.ReselectBetter
	ReselectFailure = config.ReselectFailure
)

// The values of [MACPolicy].
const (
	MACAll    = config.MACAll
	MACActive = config.MACActive
)

// The values of [OffloadMode].
const (
	OffloadAuto = config.OffloadAuto
	OffloadOn   = config.OffloadOn
	OffloadOff  = config.OffloadOff
)

// maxLinks is how many links a bond can have.
const maxLinks = config.MaxLinks

// ParseMode is [config.ParseMode].
func ParseMode(s string) (Mode, error) { return config.ParseMode(s) }

// ParseRate is [config.ParseRate].
func ParseRate(s string) (Rate, error) { return config.ParseRate(s) }

// ParseReselect is [config.ParseReselect].
func ParseReselect(s string) (Reselect, error) { return config.ParseReselect(s) }
