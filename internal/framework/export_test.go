package framework

// What tests of the package's surface need from below it.
var (
	FindHTML            = findHTML // reads texts longer than any field holds
	SkillLevelCode      = skillLevelCode
	ParseSkillLevelCode = parseSkillLevelCode
)
