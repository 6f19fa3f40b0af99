package observer

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"time"
)

// refuse answers a client whose request reaches no engine, in the words of whoever opened the socket.
func (o *Observer) refuse(client net.Conn, cause error) {
	limited := io.LimitReader(client, mostHeader)
	req, err := http.ReadRequest(bufio.NewReader(limited))
	if err != nil {
		return
	}
	e := newExchange(o, req)
	o.tell(&e.Request)
	e.Status, e.Error, e.Ended = http.StatusBadGateway, o.words(cause), time.Now()
	o.tell(&e.Request)
	_ = unreachable(req, e.Error).Write(client) // who does not listen needs no answer
	closeWrite(client)
	_, _ = io.Copy(io.Discard, client) // of a client that still sends the answer would be lost
}

func unreachable(req *http.Request, words string) *http.Response {
	body, _ := json.Marshal(map[string]string{"message": words}) // a text never fails
	body = append(body, '\n')
	return &http.Response{
		StatusCode: http.StatusBadGateway, ProtoMajor: 1, ProtoMinor: 1, Request: req, Close: true,
		Header:        http.Header{"Content-Type": {"application/json"}},
		ContentLength: int64(len(body)),
		Body:          io.NopCloser(bytes.NewReader(body)),
	}
}
