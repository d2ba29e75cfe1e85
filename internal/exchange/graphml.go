package exchange

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"skillatlas/internal/framework"
)

// writeGraphML writes a framework as GraphML (http://graphml.graphdrawing.org). What is
// no character in XML, U+FFFE and U+FFFF, is written as U+FFFD.
func writeGraphML(out io.Writer, s *framework.Snapshot) error {
	w := graphMLWriter{bufio.NewWriterSize(out, 1<<16)}
	f := s.Framework()
	w.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!--\n")
	for line := range graphComment(f) {
		w.WriteString(commentable.Replace(commentable.Replace(line)) + "\n")
	}
	w.WriteString(`-->
<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"` +
		` xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">` + "\n")
	w.keys("graph", graphKeys)
	w.keys("node", nodeKeys)
	w.keys("edge", edgeKeys)
	fmt.Fprintf(w, "  <graph id=\"framework:%s\" edgedefault=\"directed\">\n", nmtoken(f.Code))
	w.data("    ", "graph", graphData(f))
	for n := range graphNodes(s) {
		fmt.Fprintf(w, "    <node id=\"%s\">\n", nmtoken(n.id))
		w.data("      ", "node", n.data)
		w.WriteString("    </node>\n")
	}
	for e := range graphEdges(s) {
		fmt.Fprintf(w, "    <edge id=\"%s\" source=\"%s\" target=\"%s\">\n", nmtoken(e.id), nmtoken(e.from), nmtoken(e.to))
		w.data("      ", "edge", e.data)
		w.WriteString("    </edge>\n")
	}
	w.WriteString("  </graph>\n</graphml>\n")
	return w.Flush() // the first error of any write
}

// commentable makes text fit for a comment when applied twice: the second time parts
// the hyphens that the first left together.
var commentable = strings.NewReplacer("--", "- -", "\ufffe", "\ufffd", "\uffff", "\ufffd")

type graphMLWriter struct{ *bufio.Writer }

// keys declares the data that items have.
func (w graphMLWriter) keys(of string, keys []datum) {
	for _, k := range keys {
		kind := map[any]string{"": "string", 0: "int", 0.0: "double", false: "boolean"}[k.value]
		fmt.Fprintf(w, "  <key id=\"%s.%s\" for=\"%s\" attr.name=\"%s\" attr.type=\"%s\"/>\n", of, k.key, of, k.key, kind)
	}
}

func (w graphMLWriter) data(indent, of string, data []datum) {
	for _, d := range data {
		fmt.Fprintf(w, "%s<data key=\"%s.%s\">", indent, of, d.key)
		_ = xml.EscapeText(w, []byte(d.text())) // an error stays with the writer
		w.WriteString("</data>\n")
	}
}

// nmtoken makes the id of an item one of GraphML, whose schema wants NMTOKENs. As
// ISO/IEC 9075-14 does for names it writes other characters as _xHHHH_, and so the
// underscore of what would read as such; codes of letters and digits stay as they are.
func nmtoken(id string) string {
	var b strings.Builder
	for i, r := range id {
		switch {
		case r == '_' && strings.HasPrefix(id[i+1:], "x"):
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', strings.ContainsRune("_-.:", r):
			b.WriteRune(r)
			continue
		}
		fmt.Fprintf(&b, "_x%04X_", r)
	}
	return b.String()
}
