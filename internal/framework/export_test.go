package framework

// What tests of the package's surface need from below it.
var (
	FindHTML            = findHTML // reads texts longer than any field holds
	SkillLevelCode      = skillLevelCode
	ParseSkillLevelCode = parseSkillLevelCode
)

// FactsOf and WithField are for the test that all that can be stated can be restored.
var (
	FactsOf   = factsOf
	WithField = withField
)

// Worked tells whether what was worked out from a snapshot is kept.
func (s *Snapshot) Worked() bool { return s.worked.Load() != nil }
