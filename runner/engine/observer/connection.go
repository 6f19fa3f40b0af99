package observer

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"sync"
)

// connection is one of a client's with the engine, and the requests on it whose answers have not ended.
type connection struct {
	o              *Observer
	client, engine net.Conn

	mu    sync.Mutex
	queue []*exchange
	left  bool // the client has no more to say
}

func newConnection(o *Observer, client, engine net.Conn) *connection {
	return &connection{o: o, client: client, engine: engine}
}

// pass passes both directions on until both have ended. An end goes on as an end: each side may stop talking and still listen.
func (c *connection) pass() {
	var there sync.WaitGroup
	there.Go(func() {
		if err := c.there(); err != nil {
			closeRead(c.client) // the engine takes no more, and may still answer
		} else {
			closeWrite(c.engine)
		}
	})
	err := c.back()
	c.abandon()
	if err != nil {
		_ = c.client.Close() // nobody is there to be answered
		_ = c.engine.Close()
	} else {
		closeWrite(c.client)
	}
	there.Wait()
	c.abandon() // what was asked after the engine had gone
}

// there passes on what the client says, and looks at it as long as it is understood; an error means that the engine does not take it.
func (c *connection) there() error {
	t := newTee(c.client, c.engine)
	r := bufio.NewReader(t)
	for c.request(t, r) {
	}
	err := t.rest()
	c.mu.Lock()
	c.left = err == nil
	c.mu.Unlock()
	return err
}

// request looks at one request, and reports whether another may follow.
func (c *connection) request(t *tee, r *bufio.Reader) bool {
	t.header()
	req, err := http.ReadRequest(r)
	t.body()
	if err != nil || req.ProtoMajor != 1 {
		return false
	}
	e := c.begin(req)
	if err := e.readBody(req.Body); err != nil {
		return false
	}
	if !e.hijacks {
		return true
	}
	// Who asks for the connection itself waits for the answer, or has it already.
	if _, err = r.Peek(1); err == nil && e.taken() && e.calls != nil {
		e.calls.asks(r)
	}
	return err == nil && e.refused()
}

// back passes on what the engine says, and looks at it as long as it is understood; an error means that the client does not take it.
func (c *connection) back() error {
	t := newTee(c.engine, c.client)
	r := bufio.NewReader(t)
	for c.response(t, r) {
	}
	return t.rest()
}

// response looks at one response, and reports whether another may follow.
func (c *connection) response(t *tee, r *bufio.Reader) bool {
	if _, err := r.Peek(1); err != nil {
		return false
	}
	e := c.first()
	if e == nil { // nobody has asked
		return false
	}
	t.header()
	resp, err := http.ReadResponse(r, &http.Request{Method: e.Method})
	t.body()
	switch {
	case err != nil:
		return false
	case resp.StatusCode < http.StatusOK && resp.StatusCode != http.StatusSwitchingProtocols:
		return true // the answer itself follows
	case e.answer(resp):
		if e.calls != nil {
			e.calls.answers(r)
			defer e.calls.close()
		}
		_ = t.rest() // an error is told by the caller's
		c.end(e, nil)
		return false
	}
	told := false
	err = e.readAnswer(resp, func() { // who reads that it failed may leave at once
		if !told {
			told = true
			c.end(e, nil)
		}
	})
	if !told {
		c.end(e, err)
	}
	return err == nil
}

func (c *connection) begin(req *http.Request) *exchange {
	e := newExchange(c.o, req)
	c.o.tell(&e.Request)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue = append(c.queue, e)
	return e
}

// first is the request whose answer comes next; nil where there is none.
func (c *connection) first() *exchange {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 {
		return nil
	}
	return c.queue[0]
}

// end tells that the answer to the first request has ended, with an error where it is not whole. Who left before did not want the rest
// of it, and the engine may have stopped the work and still have ended its answer well.
func (c *connection) end(e *exchange, err error) {
	c.mu.Lock()
	c.queue = c.queue[1:]
	left := c.left
	c.mu.Unlock()
	e.finish(err != nil || left && !e.taken())
	c.o.tell(&e.Request)
}

// abandon tells of the requests that were never answered to the end.
func (c *connection) abandon() {
	for e := c.first(); e != nil; e = c.first() {
		c.end(e, io.ErrUnexpectedEOF)
	}
}

func closeWrite(c net.Conn) {
	if half, ok := c.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite() // where it fails the connection is gone
		return
	}
	_ = c.Close()
}

func closeRead(c net.Conn) {
	if half, ok := c.(interface{ CloseRead() error }); ok {
		_ = half.CloseRead()
	}
}
