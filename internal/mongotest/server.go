// Package mongotest gives tests a MongoDB server, and a proxy in front of it that
// makes things go wrong.
//
// The server is the one MONGODB_URI names, and otherwise FerretDB, which is
// started for the test process and ends with it. Each test has a database of its
// own, which is dropped afterwards.
package mongotest

import (
	"bufio"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// variable names the server to use.
const variable = "MONGODB_URI"

// buildTimeout is how long the first start may take, which builds the server.
const buildTimeout = 10 * time.Minute

// server is started once for all tests of a process, unless named is there already.
var (
	server = sync.OnceValues(start)
	named  string
)

// serverFor is the URI of the server. A test that runs short is skipped.
func serverFor(t testing.TB) string {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a MongoDB server")
	}
	uri, err := server()
	if err != nil {
		t.Fatalf("start a MongoDB server: %v\nIt is built once, from the Go module proxy; or name a running one with %s; or leave these tests out with -short.", err, variable)
	}
	return uri
}

// TakeServer remembers which server MONGODB_URI names and takes the variable out of
// the environment, for tests of a program that would use it itself.
func TakeServer() {
	named = os.Getenv(variable)
	_ = os.Unsetenv(variable)
}

func start() (uri string, err error) {
	if uri := cmp.Or(named, os.Getenv(variable)); uri != "" {
		return uri, nil
	}
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	cmd := exec.Command("go", "run", ".") // which keeps the program it has built
	cmd.Dir = filepath.Join(root, ".ci", "ferretdb")
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=readonly")
	cmd.Stderr = os.Stderr
	// The server ends with its input, which Wait below keeps open until this process
	// ends; a pipe that nothing refers to is closed by the garbage collector.
	if _, err := cmd.StdinPipe(); err != nil {
		return "", err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	stop := time.AfterFunc(buildTimeout, func() { _ = cmd.Process.Kill() })
	defer stop.Stop()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		_ = cmd.Wait()
		return "", fmt.Errorf("it did not say where it listens: %w", err)
	}
	go func() { _ = cmd.Wait() }() // which is as long as this process lives
	return strings.TrimSpace(line), nil
}

// moduleRoot is the folder of the module that the tests are in.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", fmt.Errorf("there is no go.mod above the working folder")
		}
		dir = up
	}
}

// Database is the URI of a new database, which is dropped when the test ends.
func Database(t testing.TB) string {
	t.Helper()
	random := make([]byte, 6)
	_, _ = rand.Read(random) // never fails
	name := "skillatlas_test_" + hex.EncodeToString(random)
	uri, err := withDatabase(serverFor(t), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := client(t, uri).Database(name).Drop(ctx); err != nil {
			t.Errorf("drop the database of the test: %v", err)
		}
	})
	return uri
}

// withDatabase is a URI for another database of the same server. The user remains
// the one of the database that the URI named.
func withDatabase(uri, name string) (string, error) {
	base, path, query := split(uri)
	values, err := url.ParseQuery(query)
	if err != nil {
		return "", err
	}
	if strings.Contains(base, "@") && !has(values, "authSource") && !has(values, "authMechanism") {
		values.Set("authSource", cmp.Or(path, "admin"))
	}
	return base + "/" + name + "?" + values.Encode(), nil
}

// has tells whether there is an option, the case of whose name does not matter.
func has(values url.Values, option string) bool {
	for name := range values {
		if strings.EqualFold(name, option) {
			return true
		}
	}
	return false
}

// Client is the database that a URI names, to look at its documents and to spoil
// them.
func Client(t testing.TB, uri string) *mongo.Database {
	t.Helper()
	_, name, _ := split(uri)
	return client(t, uri).Database(name)
}

// split takes the database and the options off a URI, which may have several
// hosts, so that package net/url does not read it.
func split(uri string) (base, database, query string) {
	base, query, _ = strings.Cut(uri, "?")
	start := max(strings.LastIndexByte(base, '@'), strings.Index(base, "://")+2) + 1
	hosts, database, _ := strings.Cut(base[start:], "/")
	return base[:start] + hosts, database, query
}

func client(t testing.TB, uri string) *mongo.Client {
	t.Helper()
	c, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = c.Disconnect(ctx)
	})
	return c
}

// All are the documents of a collection that meet a condition.
func All(t testing.TB, c *mongo.Collection, filter bson.D, opts ...options.Lister[options.FindOptions]) (list []bson.M) {
	t.Helper()
	cursor, err := c.Find(t.Context(), filter, opts...)
	if err != nil {
		t.Fatal(err)
	}
	if err := cursor.All(t.Context(), &list); err != nil {
		t.Fatal(err)
	}
	return list
}
