package exchange

import (
	"bufio"
	"cmp"
	"io"
	"strings"

	"skillatlas/internal/framework"
)

// writeDOT writes a framework in the DOT language of Graphviz
// (https://graphviz.org/doc/info/lang.html), with labels and shapes so that it can be
// drawn as it is. All texts are escStrings in quotes: a backslash is written twice and
// a line break as \n.
func writeDOT(out io.Writer, s *framework.Snapshot) error {
	w := dotWriter{bufio.NewWriterSize(out, 1<<16)}
	f := s.Framework()
	for line := range graphComment(f) {
		w.WriteString(strings.TrimRight("// "+line, " ") + "\n")
	}
	w.WriteString("digraph " + quoted(f.Code) + " {\n  graph")
	caption := f.Name
	for _, more := range []string{f.Attribution, f.Licence} {
		if more != "" {
			caption += "\n" + more
		}
	}
	w.attributes(append(graphData(f), datum{"label", labelled(caption)}, datum{"labelloc", "t"}, datum{"rankdir", "LR"}))
	w.WriteString("  node [shape=box];\n")
	for n := range graphNodes(s) {
		w.WriteString("  " + quoted(n.id))
		w.attributes(append(n.data, nodeLook(n)...))
	}
	for e := range graphEdges(s) {
		w.WriteString("  " + quoted(e.from) + " -> " + quoted(e.to))
		w.attributes(append(append([]datum{{"id", e.id}}, e.data...), edgeLook(e)...))
	}
	w.WriteString("}\n")
	return w.Flush() // the first error of any write
}

type dotWriter struct{ *bufio.Writer }

func (w dotWriter) attributes(data []datum) {
	separator := " ["
	for _, d := range data {
		if d.key == "weight" {
			d.key = "requirement_weight" // weight is how straight Graphviz draws an edge
		}
		w.WriteString(separator + d.key + "=" + quoted(d.text()))
		separator = ", "
	}
	w.WriteString("];\n")
}

// nodeLook is how a node is drawn.
func nodeLook(n *graphItem) []datum {
	caption := cmp.Or(n.get("name"), n.get("framework")) // external skills are known by code only
	look := []datum{{"label", labelled(caption + "\n" + n.get("code"))}}
	switch n.get("kind") {
	case string(framework.KindCategory):
		look = append(look, datum{"shape", "folder"})
	case string(framework.KindRoleGroup):
		look = append(look, datum{"shape", "tab"})
	case string(framework.KindRole):
		look = append(look, datum{"shape", "ellipse"})
	case graphExternal:
		look = append(look, datum{"style", "dotted"})
	}
	if n.get("status") == string(framework.StatusRetired) {
		look = append(look, datum{"style", "dashed"})
	}
	return look
}

// edgeLook is how an edge is drawn.
func edgeLook(e *graphItem) []datum {
	var look []datum
	switch e.get("kind") {
	case graphRelation:
		label := strings.ToLower(strings.ReplaceAll(e.get("type"), "_", " "))
		look = append(look, datum{"label", label}, datum{"color", "blue"})
	case graphRequirement:
		look = append(look, datum{"color", "gray40"})
		if level := e.get("level"); level != "" {
			look = append(look, datum{"label", level})
		}
	case graphInCategory, graphInGroup:
		look = append(look, datum{"style", "dotted"})
	case graphSuccessor:
		look = append(look, datum{"style", "bold"})
	}
	if e.get("symmetric") != "" {
		look = append(look, datum{"dir", "none"})
	}
	if e.get("importance") == string(framework.Optional) {
		look = append(look, datum{"style", "dashed"})
	}
	return look
}

var (
	dotEscapes  = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
	dotEntities = strings.NewReplacer("&", "&amp;", "\ufffe", "\ufffd", "\uffff", "\ufffd")
)

// quoted is text as an ID of the language, which in quotes is never HTML.
func quoted(s string) string { return `"` + dotEscapes.Replace(s) + `"` }

// labelled is text as a label, in which Graphviz reads entities such as &amp;, and
// which it copies into SVG.
func labelled(s string) string { return dotEntities.Replace(s) }
