package mongotest

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

func TestWithDatabase(t *testing.T) {
	for _, test := range []struct{ uri, want, source string }{
		{"mongodb://a", "mongodb://a/x?", ""},
		{"mongodb://a:1,b:2/?replicaSet=rs&w=1", "mongodb://a:1,b:2/x?replicaSet=rs&w=1", ""},
		{"mongodb://u:p@a", "mongodb://u:p@a/x?authSource=admin", "admin"},
		{"mongodb://u:p%40@a/d", "mongodb://u:p%40@a/x?authSource=d", "d"},
		{"mongodb://u:p@a/d?authSource=e", "mongodb://u:p@a/x?authSource=e", "e"},
		{"mongodb://u:p@a/d?authsource=e", "mongodb://u:p@a/x?authsource=e", "e"},
	} {
		got, err := withDatabase(test.uri, "x")
		if err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.uri, diff)
		}
		o := options.Client().ApplyURI(got)
		if err := o.Validate(); err != nil {
			t.Errorf("%s: %v", got, err)
		}
		if o.Auth != nil && o.Auth.AuthSource != test.source {
			t.Errorf("%s: the user is of %q, want %q", got, o.Auth.AuthSource, test.source)
		}
	}
}
