package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestReady(t *testing.T) {
	s := start(t)
	want := s.url + " is ready.\n"
	for _, url := range []string{s.url, s.url + "/"} {
		if got := succeed(t, "ready", "--server", url); got != want {
			t.Errorf("of %s it says %q, want %q", url, got, want)
		}
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	if got := refused(t, "ready", "--server", s.url); !strings.Contains(got, s.url) || !strings.Contains(got, "refused") {
		t.Errorf("of a server that has stopped it says %q", got)
	}
}

func TestReadyTellsWhyNot(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status int
		body   string
		want   string
	}{
		{"not ready", http.StatusServiceUnavailable, `{"ready":false,"revision":7,"reason":"the disk is full"}`, "URL is not ready: the disk is full"},
		{"no reason", http.StatusServiceUnavailable, `{}`, "what is at URL does not answer as Skill Atlas does (503 Service Unavailable)"},
		{"another server", http.StatusNotFound, `not here`, "what is at URL does not answer as Skill Atlas does (404 Not Found)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(tt.status)
				_, _ = w.Write([]byte(tt.body))
			}))
			t.Cleanup(s.Close)
			if got, want := refused(t, "ready", "--server", s.URL), strings.ReplaceAll(tt.want, "URL", s.URL); got != want {
				t.Errorf("it says %q, want %q", got, want)
			}
		})
	}
}

func TestReadyRefusesWhatIsNoServer(t *testing.T) {
	for url, want := range map[string]string{"": "empty", "localhost": "is not the URL of a server", "http://[": "is not the URL of a server"} {
		if got := refused(t, "ready", "--server", url); !strings.Contains(got, want) {
			t.Errorf("of %q it says %q", url, got)
		}
	}
}
