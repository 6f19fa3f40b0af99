package localhost

import (
	"errors"
	"net"
	"slices"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

func TestLocalhostIsThisMachine(t *testing.T) {
	for _, name := range []string{"localhost.", "LocalHost."} {
		question := asked(t, name, dnsmessage.TypeA)
		reply, err := answer(question)
		if err != nil {
			t.Fatal(err)
		}
		var m dnsmessage.Message
		if err := m.Unpack(reply); err != nil {
			t.Fatal(err)
		}
		if len(m.Answers) != 1 || m.Answers[0].Body.(*dnsmessage.AResource).A != [4]byte{127, 0, 0, 1} || m.ID != 7 || !m.Response {
			t.Errorf("%s: %v", name, m)
		}
	}
	found, err := resolver().LookupHost(t.Context(), "localhost")
	if err != nil || !slices.Contains(found, "127.0.0.1") {
		t.Errorf("%v, %v", found, err)
	}
}

func TestOtherNamesGoToTheServer(t *testing.T) {
	for _, name := range []string{"example.com.", "localhost-2.", "notlocalhost."} {
		if _, err := answer(asked(t, name, dnsmessage.TypeA)); !errors.Is(err, errAnotherName) {
			t.Errorf("%s: %v, want that it is asked elsewhere", name, err)
		}
	}
	for network, address := range map[string]string{"udp": packets(t), "tcp": streams(t)} {
		here, there := net.Pipe()
		ended := make(chan error, 1)
		go func() { ended <- serve(there, network, address) }()
		question := asked(t, "example.com.", dnsmessage.TypeA)
		if err := writeMessage(here, question); err != nil {
			t.Fatal(err)
		}
		reply, err := readMessage(here)
		if err != nil || !slices.Equal(reply, question) {
			t.Errorf("%s: %v, %v, want what the server says", network, reply, err)
		}
		if err := <-ended; err != nil {
			t.Errorf("%s: %v", network, err)
		}
	}
}

func asked(t *testing.T, name string, kind dnsmessage.Type) []byte {
	t.Helper()
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: 7, RecursionDesired: true},
		Questions: []dnsmessage.Question{{Name: dnsmessage.MustNewName(name), Type: kind, Class: dnsmessage.ClassINET}},
	}
	packed, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return packed
}

// packets and streams are servers that say back what they are asked.
func packets(t *testing.T) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		buf := make([]byte, 1<<16)
		n, from, err := conn.ReadFrom(buf)
		if err == nil {
			_, _ = conn.WriteTo(buf[:n], from)
		}
	}()
	return conn.LocalAddr().String()
}

func streams(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		if question, err := readMessage(conn); err == nil {
			_ = writeMessage(conn, question)
		}
	}()
	return l.Addr().String()
}
