package journal

import (
	"fmt"
	"slices"

	"skillatlas/internal/framework"
)

// redactable names the stored fields that can be taken out of versions, by kind. The
// versions that are left have to be ones that the domain can live with.
var redactable = map[framework.Kind][]string{
	framework.KindComment: {"body"},
	framework.KindPerson:  {"name"},
}

// redact takes the texts out of a change that is stored as given. It reports whether
// there were any.
func (c *change) redact(stored []byte) (bool, error) {
	if c.redacted != nil {
		return false, c.checkRedacted()
	}
	rest, found, err := c.withoutTexts()
	if err != nil || !found {
		return false, err
	}
	c.redacted, c.document = c.sum(stored), rest
	return true, nil
}

// withoutTexts is the document without the fields that can be redacted. found says
// that it has some.
func (c *change) withoutTexts() (rest []byte, found bool, err error) {
	names := redactable[c.kind]
	if c.document == nil || len(names) == 0 {
		return c.document, false, nil
	}
	b, err := elements(c.document)
	if err != nil {
		return nil, false, err
	}
	rest, start := openDocument(nil)
	for len(b) > 0 {
		e, after, err := nextElement(b)
		if err != nil {
			return nil, false, err
		}
		if slices.Contains(names, string(e.name)) {
			found = true
		} else {
			rest = append(rest, b[:len(b)-len(after)]...)
		}
		b = after
	}
	return closeDocument(rest, start), found, nil
}

// checkRedacted checks that a change which says that it was redacted can have been.
func (c *change) checkRedacted() error {
	if c.redacted == nil {
		return nil
	}
	_, found, err := c.withoutTexts()
	switch {
	case err != nil:
		return err
	case c.removed || len(redactable[c.kind]) == 0:
		return fmt.Errorf("%s %q says that it was redacted, which it cannot be: %w", c.kind, c.key, ErrCorrupt)
	case found:
		return fmt.Errorf("%s %q says that it was redacted, but has its text: %w", c.kind, c.key, ErrCorrupt)
	}
	return nil
}

// checkRedactable refuses to redact what has no texts that can be taken away.
func checkRedactable(ref framework.Ref) error {
	if len(redactable[ref.Kind]) == 0 {
		return fmt.Errorf("a %s has no texts that can be redacted", ref.Kind)
	}
	return nil
}

func noRevision(seq int64) error { return fmt.Errorf("there is no revision %d", seq) }
