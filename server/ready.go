package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/urfave/cli/v3"
)

// readyTimeout is how long a server may take to say whether it is ready.
const readyTimeout = 5 * time.Second

func readyCommand() *cli.Command {
	return &cli.Command{
		Name:  "ready",
		Usage: "ask a server whether it can do its work, for health checks",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "server", Value: "http://127.0.0.1:8080", Usage: "URL of the server", Validator: filled},
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			ctx, cancel := context.WithTimeout(ctx, readyTimeout)
			defer cancel()
			server := strings.TrimRight(c.String("server"), "/")
			if err := askReady(ctx, server); err != nil {
				return err
			}
			_, err := fmt.Fprintf(c.Root().Writer, "%s is ready.\n", server)
			return err
		},
	}
}

// askReady returns why a server is not ready, or nil when it is.
func askReady(ctx context.Context, server string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, server+"/readyz", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	var answer struct{ Reason string }
	if json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(&answer) != nil || answer.Reason == "" {
		return fmt.Errorf("what is at %s does not answer as Skill Atlas does (%s)", server, resp.Status)
	}
	return fmt.Errorf("%s is not ready: %s", server, answer.Reason)
}
