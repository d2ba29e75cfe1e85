package main

import (
	"encoding/json"
	"net/url"
)

// A query is what a page of a front end asks for, with the answers of Skill Atlas
// by a key that varies. Peers read queries from a file.
type query struct {
	Name    string   `json:"name"`
	Answers []answer `json:"answers"`
}

// An answer is a request for one key, and what Skill Atlas replied to it.
type answer struct {
	Key string `json:"key"`
	// Body is the body of a POST request, URL the query of the URL of a GET request.
	Body string `json:"body"`
	URL  string `json:"url"`
	// Reply is the body of the response, and Gzip the same compressed. ETag names
	// the response to a GET request. There need not be the latter two.
	Reply string `json:"reply"`
	Gzip  []byte `json:"gzip"`
	ETag  string `json:"etag"`
}

// The queries are of the sizes that the comparison is made for: a small answer of
// long texts, one with many short fields, and a long page.
const (
	skillQuery = `query Skill($code: String!) {
  framework {
    skill(code: $code) {
      code
      name
      description
      guidance
      synonyms
      category { code name }
      levels { level { ordinal name essence } description }
      related(first: 3) { type skill { code name description } }
    }
  }
}`
	graphQuery = `query Graph($code: String!) {
  framework {
    graph(roots: [$code], depth: 2, limit: 75, edgeLimit: 100) {
      nodes { id label code group levels distance degree }
      edges { source target origin type directed likeness }
      cut
    }
  }
}`
	catalogueQuery = `query Catalogue($after: String) {
  framework {
    skills(first: 100, after: $after) {
      nodes {
        code
        name
        status
        position
        category { code name }
        levels { code level { ordinal name } }
      }
      pageInfo { hasNextPage endCursor }
      totalCount
    }
  }
}`
)

// pageSize is how many skills a page of the catalogue has.
const pageSize = 100

// newQueries returns the queries for codes of skills, and cursors of skills before
// which pages begin.
func newQueries(codes, cursors []string) []*query {
	return []*query{
		newQuery("skill", skillQuery, "code", codes),
		newQuery("graph", graphQuery, "code", codes),
		newQuery("catalogue", catalogueQuery, "after", cursors),
	}
}

func newQuery(name, document, variable string, keys []string) *query {
	q := &query{Name: name}
	for _, key := range keys {
		variables := map[string]string{variable: key}
		q.Answers = append(q.Answers, answer{
			Key:  key,
			Body: compact(map[string]any{"query": document, "variables": variables}),
			URL:  url.Values{"query": {document}, "variables": {compact(variables)}}.Encode(),
		})
	}
	return q
}

// compact is a value of texts and maps as JSON.
func compact(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // for other values only
	}
	return string(text)
}

// size tells how large the replies are on average, in bytes and in fields, which
// are the members of all objects.
func (q *query) size() (bytes, fields int, err error) {
	for _, a := range q.Answers {
		var reply struct{ Data any }
		if err := json.Unmarshal([]byte(a.Reply), &reply); err != nil {
			return 0, 0, err
		}
		bytes += len(a.Reply)
		fields += countFields(reply.Data)
	}
	return bytes / len(q.Answers), fields / len(q.Answers), nil
}

func countFields(v any) int {
	n := 0
	switch v := v.(type) {
	case map[string]any:
		for _, member := range v {
			n += 1 + countFields(member)
		}
	case []any:
		for _, element := range v {
			n += countFields(element)
		}
	}
	return n
}
