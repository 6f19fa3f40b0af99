// Package localhost lets the name localhost mean this machine where nothing says so: a machine without /etc/hosts, as a bare
// container or a fresh root folder is.
//
// It knows nothing of who asks for the name.
package localhost

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"runtime"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// patience is how long a server is waited for.
const patience = 5 * time.Second

// Ensure answers the name for this whole program, if need be. Other names are looked up as before.
func Ensure() {
	if runtime.GOOS != "linux" {
		return // where the system looks names up
	}
	if _, err := os.Stat("/etc/hosts"); errors.Is(err, fs.ErrNotExist) {
		net.DefaultResolver = resolver()
	}
}

// resolver is Go's, which takes whatever Dial gives for a name server. That is a pipe, with one of ours at the other end.
func resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(_ context.Context, network, address string) (net.Conn, error) {
		here, there := net.Pipe()
		go func() {
			defer there.Close()
			_ = serve(there, network, address) // who asked sees that the pipe is closed, and asks the next server
		}()
		return here, nil
	}}
}

// serve answers one question.
func serve(conn io.ReadWriter, network, address string) error {
	question, err := readMessage(conn)
	if err != nil {
		return err
	}
	answer, err := answer(question)
	if errors.Is(err, errAnotherName) {
		answer, err = ask(network, address, question)
	}
	if err != nil {
		return err
	}
	return writeMessage(conn, answer)
}

var errAnotherName = errors.New("another name")

// answer is that to a question about localhost, behind which there may be one of the machine's search domains.
func answer(question []byte) ([]byte, error) {
	var m dnsmessage.Message
	if err := m.Unpack(question); err != nil {
		return nil, err
	}
	if len(m.Questions) != 1 || !strings.HasPrefix(strings.ToLower(m.Questions[0].Name.String()), "localhost.") {
		return nil, errAnotherName
	}
	q := m.Questions[0]
	reply := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: m.ID, Response: true, RecursionDesired: m.RecursionDesired, RecursionAvailable: true},
		Questions: m.Questions,
	}
	if q.Type == dnsmessage.TypeA {
		reply.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 60},
			Body:   &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}},
		}}
	}
	return reply.Pack()
}

// ask hands a question on.
func ask(network, address string, question []byte) ([]byte, error) {
	conn, err := net.DialTimeout(network, address, patience)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	if _, ok := conn.(net.PacketConn); !ok {
		if err := writeMessage(conn, question); err != nil {
			return nil, err
		}
		return readMessage(conn)
	}
	if _, err := conn.Write(question); err != nil {
		return nil, err
	}
	reply := make([]byte, 1<<16)
	n, err := conn.Read(reply)
	return reply[:n], err
}

// A message in a stream has its length before it.
func readMessage(r io.Reader) ([]byte, error) {
	var length uint16
	if err := binary.Read(r, binary.BigEndian, &length); err != nil {
		return nil, err
	}
	message := make([]byte, length)
	_, err := io.ReadFull(r, message)
	return message, err
}

func writeMessage(w io.Writer, message []byte) error {
	_, err := w.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(message))), message...))
	return err
}
