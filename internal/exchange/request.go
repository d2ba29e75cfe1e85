package exchange

import "skillatlas/internal/framework"

// Proposal is a change request whose proposal is the plan, made on the revision base.
// What the edits are about need not be among its subjects: the domain finds change
// requests by what they propose. An error says why the plan cannot be proposed.
func (plan *Plan) Proposal(base int64, r framework.RaiseRequest) (framework.RaiseRequest, error) {
	n, size := len(plan.Edits), 0
	switch {
	case plan.Creates:
		return r, framework.Errorf(framework.NotFound,
			"there is no framework %q yet that a change request could change; import it first", plan.Framework)
	case n == 0:
		return r, framework.Errorf(framework.Invalid,
			"framework %s is as the files say already; there is nothing to propose", plan.Framework)
	}
	for i, e := range plan.Edits {
		switch e.(type) {
		case framework.ArchiveFramework, framework.UnarchiveFramework:
			return r, framework.Errorf(framework.Invalid,
				"the files archive framework %s or open it again, which cannot be proposed; do that first", plan.Framework)
		}
		written, err := framework.EncodeEdit(e)
		if err != nil {
			return r, framework.Errorf(framework.Invalid, "edit %d of the import cannot be proposed: %v", i+1, err)
		}
		size += len(written)
	}
	const instead = "; import them, or propose them in parts, from files that hold some of it each"
	switch {
	case n > framework.MaxProposed:
		return r, framework.Errorf(framework.LimitExceeded,
			"the import makes %d edits, and a change request proposes at most %d%s", n, framework.MaxProposed, instead)
	case size > framework.MaxProposal:
		return r, framework.Errorf(framework.LimitExceeded,
			"the %d edits of the import hold %d bytes, and a change request proposes at most %d%s", n, size, framework.MaxProposal, instead)
	}
	r.Base, r.Edits = base, plan.Edits
	return r, nil
}
