package chassis

// Rule is a rule of safety.
type Rule = rule

// Rules are all rules by name.
var Rules = map[string]Rule{
	"sent": ruleSent, "intent": ruleIntent, "wait": ruleWait, "drift": ruleDrift, "grants": ruleGrants,
	"own intent": ruleOwnIntent, "request": ruleRequest, "resigned": ruleResigned, "life": ruleLife,
	"members": ruleMembers, "proof": ruleProof,
}

// AllRules are all rules.
const AllRules = ruleProof<<1 - 1

// SwitchOff makes a Machine not follow a rule.
func (c *Config) SwitchOff(r Rule) { c.off |= r }
