package main

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"skillatlas/internal/framework"
)

// tokenPrefix starts every token, so that scanners for leaked secrets know it.
const tokenPrefix = "sa_"

// A tokenRecord is what is kept of a token: all but its secret.
type tokenRecord struct {
	ID         string           `json:"id"`
	Actor      string           `json:"actor"`
	Name       string           `json:"name"`
	Access     framework.Access `json:"access"`
	Frameworks []string         `json:"frameworks,omitempty"`
	Created    time.Time        `json:"created"`
	Revoked    *time.Time       `json:"revoked,omitempty"`
	// Hash is the SHA-256 of the secret. A plain hash is enough: the secret has
	// 256 random bits, which cannot be guessed.
	Hash string `json:"hash"`
}

func (r tokenRecord) actor() framework.Actor {
	return framework.Actor{ID: r.Actor, Name: r.Name, Access: r.Access, Frameworks: r.Frameworks}
}

// tokens keeps bearer tokens in a folder, a file each, readable by its owner
// only. Several processes may use the folder: files are written whole, and a
// change is noticed by the folder's time.
//
// Records of revoked tokens stay, so that their actors keep their names in the
// history.
type tokens struct {
	dir string
	log *slog.Logger // told of damaged files

	mu      sync.Mutex
	records map[string]tokenRecord
	names   map[string]string // by actor
	read    time.Time         // when the folder was read
	changed time.Time         // the folder's time then
	damaged string            // what was logged last
}

func openTokens(dataDir string, log *slog.Logger) *tokens {
	return &tokens{dir: filepath.Join(dataDir, "tokens"), log: log}
}

// empty reports whether there has never been a token.
func (t *tokens) empty() (bool, error) {
	all, damaged, err := t.list()
	return len(all) == 0 && damaged == nil, err
}

// create makes a token and returns it; it cannot be had again. An empty actor
// stands for a new one.
func (t *tokens) create(r tokenRecord) (token string, _ tokenRecord, err error) {
	if err := os.MkdirAll(t.dir, 0o700); err != nil {
		return "", r, err
	}
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	id := make([]byte, 6)
	_, _ = rand.Read(id)
	r.ID = hex.EncodeToString(id)
	if r.Actor == "" {
		r.Actor = uuid.NewString()
	}
	text := base64.RawURLEncoding.EncodeToString(secret)
	r.Hash = hashSecret(text)
	return tokenPrefix + r.ID + "_" + text, r, t.write(r)
}

// revoke ends a token. It is refused at once by this process and within a
// moment by others.
func (t *tokens) revoke(id string, now time.Time) (tokenRecord, error) {
	all, damaged, err := t.list()
	if err != nil {
		return tokenRecord{}, err
	}
	i := slices.IndexFunc(all, func(r tokenRecord) bool { return r.ID == id })
	if i < 0 {
		return tokenRecord{}, cmp.Or(damaged, fmt.Errorf("there is no token %q; token list shows them", id))
	}
	r := all[i]
	if r.Revoked == nil {
		r.Revoked = &now
	}
	return r, t.write(r)
}

// write stores a record; whoever reads meanwhile sees the old one or the new.
func (t *tokens) write(r tokenRecord) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(t.dir, ".new-*") // made with mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(t.dir, r.ID+".json"))
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// list returns all records, the oldest first. A file that cannot be read is told
// apart: its token is not known, the others are.
func (t *tokens) list() (all []tokenRecord, damaged, err error) {
	files, err := os.ReadDir(t.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	for _, f := range files {
		id, ok := strings.CutSuffix(f.Name(), ".json")
		if !ok {
			continue
		}
		r, err := readToken(filepath.Join(t.dir, f.Name()), id)
		if err != nil {
			damaged = errors.Join(damaged, err)
			continue
		}
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b tokenRecord) int { return a.Created.Compare(b.Created) })
	return all, damaged, nil
}

func readToken(path, id string) (r tokenRecord, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return r, err
	}
	if err = json.Unmarshal(text, &r); err == nil && r.ID != id {
		err = fmt.Errorf("it holds token %q", r.ID)
	}
	if err != nil {
		err = fmt.Errorf("the token file %s is damaged: %w; make a new token and remove the file", path, err)
	}
	return r, err
}

// authenticate returns the actor of a token.
func (t *tokens) authenticate(token string) (framework.Actor, error) {
	refused := framework.Errorf(framework.Unauthenticated, "the token is not known or was revoked; ask for a new one")
	rest, ok := strings.CutPrefix(token, tokenPrefix)
	id, secret, ok2 := strings.Cut(rest, "_")
	if !ok || !ok2 {
		return framework.Actor{}, refused
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.refresh(); err != nil {
		return framework.Actor{}, err
	}
	r, known := t.records[id]
	if subtle.ConstantTimeCompare([]byte(hashSecret(secret)), []byte(r.Hash)) != 1 || !known || r.Revoked != nil {
		return framework.Actor{}, refused
	}
	return r.actor(), nil
}

// name gives the display name of an actor, or empty.
func (t *tokens) name(actor string) string {
	for _, a := range []framework.Actor{systemActor, operatorActor} {
		if a.ID == actor {
			return a.Name
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.refresh() != nil {
		return ""
	}
	return t.names[actor]
}

// racy is how long after a change another may leave the folder's time as it is:
// some file systems keep it in steps of two seconds.
const racy = 2 * time.Second

// refresh reads the folder again when it has changed. t.mu is held.
func (t *tokens) refresh() error {
	info, err := os.Stat(t.dir)
	if errors.Is(err, fs.ErrNotExist) {
		t.records, t.names = nil, nil
		return nil
	}
	if err != nil {
		return err
	}
	if t.records != nil && info.ModTime().Equal(t.changed) && t.read.Sub(t.changed) > racy {
		return nil
	}
	read := time.Now()
	all, damaged, err := t.list()
	if err != nil {
		return err
	}
	if text := fmt.Sprint(damaged); damaged != nil && text != t.damaged {
		t.log.Error("sign in", slog.Any("error", damaged))
		t.damaged = text
	}
	t.records, t.names = map[string]tokenRecord{}, map[string]string{}
	for _, r := range all {
		t.records[r.ID] = r
		t.names[r.Actor] = r.Name
	}
	t.read, t.changed = read, info.ModTime()
	return nil
}

func hashSecret(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
