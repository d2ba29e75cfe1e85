package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
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
			&cli.StringFlag{Name: "max-lag", Usage: "not ready when nothing was heard from MongoDB for longer, such as 30s"},
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			ctx, cancel := context.WithTimeout(ctx, readyTimeout)
			defer cancel()
			server := strings.TrimRight(c.String("server"), "/")
			trouble, err := askReady(ctx, server, c.String("max-lag"))
			if err != nil {
				return err
			}
			if trouble != "" {
				_, err = fmt.Fprintf(c.Root().Writer, "%s is ready, for reads only: %s.\n", server, trouble)
				return err
			}
			_, err = fmt.Fprintf(c.Root().Writer, "%s is ready.\n", server)
			return err
		},
	}
}

// askReady returns what troubles a server, or why it is not ready.
func askReady(ctx context.Context, server, maxLag string) (trouble string, err error) {
	if u, err := url.Parse(server); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", fmt.Errorf("%q is not the URL of a server, such as http://127.0.0.1:8080", server)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, server+"/readyz?"+url.Values{"maxLag": {maxLag}}.Encode(), nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if failed := (*url.Error)(nil); errors.As(err, &failed) {
		return "", fmt.Errorf("no server answers at %s: %w", server, failed.Err)
	}
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var answer struct {
		Ready           bool
		Trouble, Reason string
		Errors          []struct{ Message string }
	}
	err = json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(&answer)
	switch {
	case err == nil && answer.Ready && resp.StatusCode == http.StatusOK:
		return answer.Trouble, nil
	case err == nil && answer.Reason != "":
		return "", fmt.Errorf("%s is not ready: %s", server, answer.Reason)
	case err == nil && len(answer.Errors) > 0:
		return "", fmt.Errorf("%s refused: %s", server, answer.Errors[0].Message)
	}
	return "", fmt.Errorf("what is at %s does not answer as Skill Atlas does (%s)", server, resp.Status)
}
