package enginetest_test

import (
	"regexp"
	"testing"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"

	"capas/internal/enginetest"
)

func TestWhatATestMakesIsGoneAfterIt(t *testing.T) {
	c := enginetest.Client(t)
	tag := enginetest.Name(t, "enginetest")
	var img, ctr string
	t.Run("make", func(t *testing.T) {
		base := enginetest.Base(t)
		img = enginetest.Build(t, tag, "FROM "+base+"\nVOLUME /data\nCOPY hello /hello\nRUN cat /hello && touch /made\n", map[string]string{"hello": "hola\n"})
		ctr = enginetest.Run(t, tag, enginetest.Name(t, "enginetest"), "sh", "-c", "ls /made /bin/sh && exit 3")
		got, err := c.ContainerInspect(t.Context(), ctr)
		if err != nil {
			t.Fatal(err)
		}
		if got.State.ExitCode != 3 || got.Image != img {
			t.Errorf("exit %d of image %s, want 3 of %s", got.State.ExitCode, got.Image, img)
		}
	})
	if _, err := c.ContainerInspect(t.Context(), ctr); !errdefs.IsNotFound(err) {
		t.Errorf("container %s is still there: %v", ctr, err)
	}
	for _, ref := range []string{tag, img} {
		if _, err := c.ImageInspect(t.Context(), ref); !errdefs.IsNotFound(err) {
			t.Errorf("image %s is still there: %v", ref, err)
		}
	}
}

func TestAForcedEndRemovesRunningContainersToo(t *testing.T) {
	c := enginetest.Client(t)
	var id string
	t.Run("make", func(t *testing.T) {
		made, err := c.ContainerCreate(t.Context(), &container.Config{
			Image: enginetest.Base(t), Cmd: []string{"sleep", "60"}, Labels: enginetest.Labels(t),
		}, nil, nil, nil, "")
		if err != nil {
			t.Fatal(err)
		}
		id = made.ID
		if err := c.ContainerStart(t.Context(), id, container.StartOptions{}); err != nil {
			t.Fatal(err)
		}
	})
	if _, err := c.ContainerInspect(t.Context(), id); !errdefs.IsNotFound(err) {
		t.Errorf("container %s is still there: %v", id, err)
	}
}

func TestBaseStaysAndIsFoundAgain(t *testing.T) {
	c := enginetest.Client(t)
	var first, second string
	t.Run("first", func(t *testing.T) { first = enginetest.Base(t) })
	t.Run("second", func(t *testing.T) { second = enginetest.Base(t) })
	if first != second {
		t.Errorf("%s and then %s", first, second)
	}
	if _, err := c.ImageInspect(t.Context(), first); err != nil {
		t.Error(err)
	}
	list, err := c.ImageList(t.Context(), image.ListOptions{})
	if err != nil || len(list) == 0 {
		t.Errorf("%d images, %v", len(list), err)
	}
}

func TestNamesAreRandomAndFitForAnImage(t *testing.T) {
	a, b := enginetest.Name(t, "web"), enginetest.Name(t, "web")
	if a == b || !regexp.MustCompile(`^web-[0-9a-f]{6}$`).MatchString(a) {
		t.Errorf("%q and %q", a, b)
	}
}
