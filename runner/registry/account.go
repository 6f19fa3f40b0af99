package registry

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strings"

	"github.com/distribution/reference"
	"github.com/gofrs/flock"
	"golang.org/x/crypto/bcrypt"
)

// Account is who may push: the learner, on the learner's own machine.
type Account struct {
	User     string `json:"user"`
	Password string `json:"password"`
}

const accountFile = "account.json"

// OpenAccount returns the account kept in dir. The first time it makes one: the name is that of the machine's user where
// an image may bear it, and the password is random.
func OpenAccount(dir string) (Account, error) {
	a, err := openAccount(dir)
	if err != nil {
		return Account{}, fmt.Errorf("the account of the registry: %w", err)
	}
	return a, nil
}

func openAccount(dir string) (Account, error) {
	path := filepath.Join(dir, accountFile)
	if a, err := readAccount(path); !errors.Is(err, fs.ErrNotExist) {
		return a, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Account{}, err
	}
	lock := flock.New(path + ".lock") // two programs that begin at once make one account
	if err := lock.Lock(); err != nil {
		return Account{}, err
	}
	defer lock.Unlock()
	if a, err := readAccount(path); !errors.Is(err, fs.ErrNotExist) {
		return a, err
	}
	a := Account{User: userName(), Password: newPassword()}
	return a, a.Save(dir)
}

// Save makes the account that of a folder that is there.
func (a Account) Save(dir string) error {
	data, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return replace(filepath.Join(dir, accountFile), data)
}

func readAccount(path string) (Account, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Account{}, err
	}
	var a Account
	if err := json.Unmarshal(data, &a); err != nil || !isNamespace(a.User) || a.Password == "" {
		return Account{}, fmt.Errorf("%s holds no account (take the file away, and a new one is made): %w", path, errors.Join(err, errNoAccount))
	}
	return a, nil
}

var errNoAccount = errors.New("want a user and a password")

// isNamespace reports whether a name may stand before the slash in the name of an image.
func isNamespace(name string) bool {
	_, err := reference.WithName(name)
	return err == nil && !strings.Contains(name, "/")
}

func userName() string {
	u, err := user.Current()
	if err != nil {
		return "capas"
	}
	name := u.Username[strings.LastIndexByte(u.Username, '\\')+1:] // Windows puts the machine's name before
	if name = strings.ToLower(name); isNamespace(name) {
		return name
	}
	return "capas"
}

// newPassword is short enough to be typed from the screen.
func newPassword() string { return strings.ToLower(rand.Text()[:10]) }

// htpasswd is the file that the registry looks accounts up in. Every request of a push is checked against it, and the
// password is random: the cheapest cost does, and saves a learner a second a push.
func (a Account) htpasswd(path string) error {
	hash, err := bcrypt.GenerateFromPassword([]byte(a.Password), bcrypt.MinCost)
	if err != nil {
		return err
	}
	return replace(path, fmt.Appendf(nil, "%s:%s\n", a.User, hash))
}

// replace puts a private file in place whole, or leaves what was there.
func replace(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
