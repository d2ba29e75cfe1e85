package framework_test

import (
	"context"
	"testing"

	. "skillatlas/internal/framework"
	"skillatlas/internal/sample"
)

// BenchmarkNeighbourhood asks for what front ends draw around a skill, of a framework of
// 1,000 skills and 8,000 relations.
func BenchmarkNeighbourhood(b *testing.B) {
	changes, problems := (&World{}).Edit(sample.Framework, sample.Edits(1_000, 8_000))
	if problems != nil {
		b.Fatal(problems)
	}
	f := next(&World{}, changes).View(anyone(), sample.Framework, false)
	for name, ask := range map[string]func(ctx context.Context, code string) error{
		"graph": func(ctx context.Context, code string) error {
			_, err := f.Graph(ctx, []string{code}, 2, nil, nil, nil, nil, nil, 75, 100)
			return err
		},
		"graph/whole": func(ctx context.Context, code string) error {
			_, err := f.Graph(ctx, []string{code}, 2, nil, nil, nil, nil, nil, MaxGraphNodes, MaxGraphEdges)
			return err
		},
		"related": func(ctx context.Context, code string) error {
			_, err := f.Skill(code).Related(ctx, nil, nil, nil, nil, 1, 3)
			return err
		},
		"skills": func(ctx context.Context, code string) error {
			_, err := f.Skills(ctx, new(100), nil, nil, nil, nil, SkillsByCode)
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if err := ask(b.Context(), sample.SkillCode(i%150)); err != nil {
					b.Fatal(err)
				}
				i++
			}
		})
	}
}
