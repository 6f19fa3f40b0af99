// Package enginetest gives tests a real Docker engine: a client, a base image from nothing, names of their own, and the clean-up.
//
// It knows nothing of what is tested.
package enginetest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/client"
)

// Label is on everything that tests make. Its value is the test's own, so that each removes what is its own.
const Label = "capas.test"

// Client connects to the engine of the environment. Without one the test is skipped, and fails where CI is set.
func Client(t testing.TB) *client.Client {
	t.Helper()
	c, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err != nil {
		t.Fatalf("enginetest: %v", err)
	}
	t.Cleanup(func() { c.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := c.Ping(ctx); err != nil {
		without(t, err)
	}
	return c
}

// Product is whose engine it is: "Docker", "Podman", or "capas" for the one inside capas.
func Product(t testing.TB) string {
	t.Helper()
	v, err := Client(t).ServerVersion(t.Context())
	if err != nil {
		t.Fatalf("enginetest: %v", err)
	}
	if slices.ContainsFunc(v.Components, func(c types.ComponentVersion) bool { return c.Name == "Podman Engine" }) {
		return "Podman"
	}
	if v.Platform.Name == "capas" {
		return "capas"
	}
	return "Docker"
}

// OneUser reports whether the engine has no user but root: that inside capas of an ordinary user without subordinate ones.
func OneUser(t testing.TB) bool {
	t.Helper()
	info, err := Client(t).Info(t.Context())
	if err != nil {
		t.Fatalf("enginetest: %v", err)
	}
	return slices.Contains(info.Labels, "capas.users=1") // checks.OneUserLabel, which tests of checks want from here
}

func without(t testing.TB, err error) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("enginetest: CI is set and no Docker engine answers: %v", err)
	}
	t.Skipf("enginetest: no Docker engine answers: %v", err)
}

// Name returns a random name, "prefix-ab12cd".
func Name(t testing.TB, prefix string) string {
	t.Helper()
	return prefix + "-" + random(3)
}

func random(bytes int) string {
	b := make([]byte, bytes)
	rand.Read(b) // never fails
	return hex.EncodeToString(b)
}
