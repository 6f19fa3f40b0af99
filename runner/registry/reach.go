package registry

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/registry"
	"github.com/docker/docker/pkg/jsonmessage"
)

// Pusher is the part of the Docker client that a trial push uses.
type Pusher interface {
	ImageImport(ctx context.Context, source image.ImportSource, ref string, options image.ImportOptions) (io.ReadCloser, error)
	ImagePush(ctx context.Context, ref string, options image.PushOptions) (io.ReadCloser, error)
	ImageRemove(ctx context.Context, ref string, options image.RemoveOptions) ([]image.DeleteResponse, error)
}

// UnreachableError says that an engine could not push to this machine.
type UnreachableError struct{ Err error }

func (e *UnreachableError) Error() string { return "pushing to this machine: " + e.Err.Error() }

func (e *UnreachableError) Unwrap() error { return e.Err }

// trialTime is how long an engine may take to push one small file.
const trialTime = 10 * time.Second

// Reach lets an engine push an image of one small file to a registry of this moment on this machine. It is the engine that pushes,
// and it may be elsewhere: then the error is an *UnreachableError. Of the trial nothing stays.
func Reach(ctx context.Context, e Pusher) (err error) {
	ctx, cancel := context.WithTimeout(ctx, trialTime)
	defer cancel()
	dir, err := os.MkdirTemp("", "capas-registry-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	address, err := FreeAddress()
	if err != nil {
		return err
	}
	account := Account{User: "capas", Password: newPassword()}
	s, err := serve(Config{Dir: dir, Registry: address, Account: account})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	return trialPush(ctx, e, address+"/capas-doctor:1", account)
}

// FreeAddress is one of this machine that nobody listens at now.
func FreeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("localhost:%d", l.Addr().(*net.TCPAddr).Port), l.Close()
}

func trialPush(ctx context.Context, e Pusher, ref string, account Account) (err error) {
	if err := importTrial(ctx, e, ref); err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), trialTime)
		defer cancel()
		_, removed := e.ImageRemove(ctx, ref, image.RemoveOptions{})
		err = errors.Join(err, removed)
	}()
	auth, err := json.Marshal(registry.AuthConfig{Username: account.User, Password: account.Password})
	if err != nil {
		return err
	}
	stream, err := e.ImagePush(ctx, ref, image.PushOptions{RegistryAuth: base64.URLEncoding.EncodeToString(auth)})
	if err == nil {
		err = outcome(stream)
	}
	if err != nil {
		return &UnreachableError{err}
	}
	return nil
}

func importTrial(ctx context.Context, e Pusher, ref string) error {
	var layer bytes.Buffer
	w := tar.NewWriter(&layer)
	file := []byte("capas doctor\n")
	err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "trial", Mode: 0o644, Size: int64(len(file))})
	if err == nil {
		_, err = w.Write(file)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		return err
	}
	stream, err := e.ImageImport(ctx, image.ImportSource{Source: &layer, SourceName: "-"}, ref, image.ImportOptions{})
	if err != nil {
		return fmt.Errorf("importing an image: %w", err)
	}
	return outcome(stream)
}

// outcome is the error that a stream ends with.
func outcome(stream io.ReadCloser) error {
	defer stream.Close()
	return jsonmessage.DisplayJSONMessagesStream(stream, io.Discard, 0, false, nil)
}
