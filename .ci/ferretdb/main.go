// Command ferretdb is a stand-in for MongoDB in tests: FerretDB with SQLite in a
// folder of its own. It prints its URI and ends with its standard input, so that
// it never outlives the test that started it.
//
// It has no transactions, change streams or $lookup, and one node. Tests that
// need those take a real server, which MONGODB_URI names.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "ferretdb:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	// An interrupt reaches the whole group of processes, this one too.
	ctx, cancel := signal.NotifyContext(ctx, os.Interrupt)
	defer cancel()
	dir, err := os.MkdirTemp("", "ferretdb-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	db, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: "127.0.0.1:0"},
		Logger:    slog.New(slog.DiscardHandler),
		Handler:   "sqlite",
		SQLiteURL: "file:" + dir + "/",
	})
	if err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	go func() { fmt.Println(db.MongoDBURI()) }() // waits until it listens
	return db.Run(ctx)
}
