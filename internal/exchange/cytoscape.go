package exchange

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"iter"

	"skillatlas/internal/framework"
)

// writeCytoscape writes a framework as the elements JSON of Cytoscape.js
// (https://js.cytoscape.org/#notation/elements-json), an element a line. The
// properties of the framework are the data of the graph.
func writeCytoscape(out io.Writer, s *framework.Snapshot) error {
	w := cytoscapeWriter{out: bufio.NewWriterSize(out, 1<<16)}
	w.strings = json.NewEncoder(&w.text)
	w.out.WriteString(`{"data":`)
	w.object(graphData(s.Framework()))
	w.out.WriteString(`,"elements":{"nodes":[`)
	w.elements(graphNodes(s))
	w.out.WriteString(`],"edges":[`)
	w.elements(graphEdges(s))
	w.out.WriteString("]}}\n")
	return w.out.Flush() // the first error of any write
}

type cytoscapeWriter struct {
	out *bufio.Writer
	// strings encodes into text. It escapes <, > and &, so that the file can stand in
	// a script of a page.
	strings *json.Encoder
	text    bytes.Buffer
}

func (w *cytoscapeWriter) elements(items iter.Seq[*graphItem]) {
	separator := "\n"
	for g := range items {
		w.out.WriteString(separator + `{"data":`)
		all := []datum{{"id", g.id}}
		if g.from != "" {
			all = append(all, datum{"source", g.from}, datum{"target", g.to})
		}
		w.object(append(all, g.data...))
		w.out.WriteByte('}')
		separator = ",\n"
	}
}

func (w *cytoscapeWriter) object(data []datum) {
	separator := "{"
	for _, d := range data {
		w.out.WriteString(separator + `"` + d.key + `":`)
		w.text.Reset()
		_ = w.strings.Encode(d.value) // texts and finite numbers cannot go wrong
		w.out.Write(bytes.TrimSuffix(w.text.Bytes(), []byte("\n")))
		separator = ","
	}
	w.out.WriteByte('}')
}
