package framework_test

import (
	"testing"

	. "skillatlas/internal/framework"
	"skillatlas/internal/sample"
)

func BenchmarkRevert(b *testing.B) {
	base := large().w
	list := edits(UpdateSkill{Code: sample.SkillCode(100), Guidance: Some("New.")}, CreateSkill{Code: "S99999", Name: "New"})
	w := next(base, benchEdit(b, list...))
	act := Act{Actor: eve, Time: epoch, Past: func(int64) *World { return base }}
	b.ReportAllocs()
	for b.Loop() {
		if _, problems := w.EditAs(act, sample.Framework, edits(RevertRevision{Seq: w.Seq()})); problems != nil {
			b.Fatal(problems)
		}
	}
}
