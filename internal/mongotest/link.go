package mongotest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/wiremessage"
)

// opQuery is the code of the message that the driver may still greet a server with.
const opQuery wiremessage.OpCode = 2004

// errCut ends a link on purpose.
var errCut = errors.New("cut")

// A link is one connection of the driver, and the one to the server that belongs
// to it. The driver sends no request before the last is answered, so that one
// goroutine serves both; that the driver has gone shows with the answer only.
type link struct {
	proxy  *Proxy
	client net.Conn
	server net.Conn      // nil before it is there
	over   chan struct{} // closed by cut
}

// serve passes requests and replies until either side ends or a fault cuts it.
func (l *link) serve() {
	defer l.proxy.forget(l)
	if err := l.proxy.connect(l); err != nil {
		return
	}
	for {
		b, err := receive(l.client)
		if err != nil {
			return
		}
		x := &exchange{link: l, request: b}
		c, err := x.command()
		if err != nil {
			l.proxy.t.Errorf("read a request: %v", err)
			return
		}
		fault := l.proxy.meet(c)
		if fault == nil {
			fault = pass
		}
		if fault(x) != nil {
			return
		}
	}
}

// cut closes both connections. It is called with the mutex of the proxy.
func (l *link) cut() {
	select {
	case <-l.over:
		return
	default:
	}
	close(l.over)
	_ = l.client.Close()
	if l.server != nil {
		_ = l.server.Close()
	}
}

// maxMessage is above what any server accepts.
const maxMessage = 64 << 20

// receive reads one message, its header included.
func receive(r io.Reader) ([]byte, error) {
	header := make([]byte, 16)
	if _, err := io.ReadFull(r, header); err != nil {
		return nil, err
	}
	length := binary.LittleEndian.Uint32(header)
	if length < 16 || length > maxMessage {
		return nil, fmt.Errorf("a message of %d bytes", length)
	}
	b := append(make([]byte, 0, length), header...)[:length]
	_, err := io.ReadFull(r, b[16:])
	return b, err
}

// An exchange is one request and what is answered to it.
type exchange struct {
	link    *link
	request []byte
}

// A Fault is what happens to a command. One that fails cuts the connection.
type Fault func(*exchange) error

// DropRequest cuts the connection before the server has the request.
func DropRequest(*exchange) error { return errCut }

// SwallowReply cuts the connection once the server has done what it was asked.
func SwallowReply(x *exchange) error {
	if _, err := x.ask(); err != nil {
		return err
	}
	return errCut
}

// HoldRequest cuts the connection at once, and lets the server have the request
// only when a channel is closed.
func HoldRequest(until <-chan struct{}) Fault {
	return func(x *exchange) error {
		if err := x.link.proxy.spare(x.link); err != nil {
			return err
		}
		_ = x.link.client.Close()
		select {
		case <-until:
			return SwallowReply(x)
		case <-x.link.over:
			return errCut
		}
	}
}

// Delay lets the server have the request later, even if the driver has given up.
func Delay(d time.Duration) Fault {
	return func(x *exchange) error {
		if err := x.pause(d); err != nil {
			return err
		}
		return pass(x)
	}
}

// DelayReply lets the driver have the reply later.
func DelayReply(d time.Duration) Fault {
	return func(x *exchange) error {
		reply, err := x.ask()
		if err != nil {
			return err
		}
		if err := x.pause(d); err != nil {
			return err
		}
		return x.answer(reply)
	}
}

// Reply answers with a document instead of the server, which learns nothing.
func Reply(document bson.D) Fault {
	return func(x *exchange) error {
		b, err := bson.Marshal(document)
		if err != nil {
			x.link.proxy.t.Errorf("encode a reply: %v", err)
			return err
		}
		return x.answer(x.message(b))
	}
}

// ReplyWhen answers like [Reply], once a channel is closed.
func ReplyWhen(until <-chan struct{}, document bson.D) Fault {
	return func(x *exchange) error {
		select {
		case <-until:
			return Reply(document)(x)
		case <-x.link.over:
			return errCut
		}
	}
}

// Call calls a function before the server has the request. The function may use
// the proxy; like any that runs outside of the test's goroutine it must not end
// the test.
func Call(f func()) Fault {
	return func(x *exchange) error {
		f()
		return pass(x)
	}
}

// pass is what happens if nothing goes wrong.
func pass(x *exchange) error {
	if wiremessage.IsMsgMoreToCome(x.request) { // it wants no answer
		_, err := x.link.server.Write(x.request)
		return err
	}
	reply, err := x.ask()
	if err != nil {
		return err
	}
	return x.answer(reply)
}

// ask sends the request to the server and reads its reply.
func (x *exchange) ask() ([]byte, error) {
	if _, err := x.link.server.Write(x.request); err != nil {
		return nil, err
	}
	reply, err := receive(x.link.server)
	if err != nil {
		return nil, err
	}
	_, id, _, _, _, _ := wiremessage.ReadHeader(x.request)
	if _, _, to, _, _, _ := wiremessage.ReadHeader(reply); to != id {
		err := fmt.Errorf("a reply to %d after request %d", to, id)
		x.link.proxy.t.Error(err)
		return nil, err
	}
	return reply, nil
}

// answer sends a reply to the driver, and those that follow it where the driver
// has asked for a stream of them.
func (x *exchange) answer(reply []byte) error {
	for {
		if _, err := x.link.client.Write(reply); err != nil {
			return err
		}
		if !wiremessage.IsMsgMoreToCome(reply) {
			return nil
		}
		var err error
		if reply, err = receive(x.link.server); err != nil {
			return err
		}
	}
}

// pause waits, unless the connection is cut.
func (x *exchange) pause(d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-x.link.over:
		return errCut
	}
}

// message makes the reply to the request that has a document.
func (x *exchange) message(document []byte) []byte {
	_, id, _, op, _, _ := wiremessage.ReadHeader(x.request)
	var b []byte
	if op == opQuery {
		_, b = wiremessage.AppendHeaderStart(nil, wiremessage.NextRequestID(), id, wiremessage.OpReply)
		b = wiremessage.AppendReplyFlags(b, wiremessage.AwaitCapable)
		b = wiremessage.AppendReplyCursorID(b, 0)
		b = wiremessage.AppendReplyStartingFrom(b, 0)
		b = wiremessage.AppendReplyNumberReturned(b, 1)
	} else {
		_, b = wiremessage.AppendHeaderStart(nil, wiremessage.NextRequestID(), id, wiremessage.OpMsg)
		b = wiremessage.AppendMsgFlags(b, 0)
		b = wiremessage.AppendMsgSectionType(b, wiremessage.SingleDocument)
	}
	b = append(b, document...)
	return bsoncore.UpdateLength(b, 0, int32(len(b)))
}

// A command is what a request asks for.
type command struct {
	name, collection string
}

// command reads what the request asks for: the first element of its document.
// Formats: OP_MSG and OP_QUERY of the MongoDB wire protocol.
func (x *exchange) command() (c command, err error) {
	_, _, _, op, body, _ := wiremessage.ReadHeader(x.request)
	var document bsoncore.Document
	ok := false
	switch op {
	case wiremessage.OpMsg:
		_, body, _ = wiremessage.ReadMsgFlags(body)
		var section wiremessage.SectionType
		section, body, _ = wiremessage.ReadMsgSectionType(body)
		if section == wiremessage.SingleDocument { // which the driver puts first
			document, _, ok = wiremessage.ReadMsgSectionSingleDocument(body)
		}
	case opQuery: // flags, collection, two numbers, document
		if i := bytes.IndexByte(body[min(4, len(body)):], 0); i >= 0 && len(body) > 4+i+1+8 {
			document, _, ok = bsoncore.ReadDocument(body[4+i+1+8:])
		}
	}
	if !ok {
		return c, fmt.Errorf("%s without a document", op)
	}
	first, err := document.IndexErr(0)
	if err != nil {
		return c, err
	}
	c.name = first.Key()
	c.collection, _ = first.Value().StringValueOK()
	switch c.name {
	case "isMaster", "ismaster":
		c.name = "hello"
	case "getMore":
		c.collection, _ = document.Lookup("collection").StringValueOK()
	}
	return c, nil
}

// housekeeping tells whether the driver sends the command without being asked.
func (c command) housekeeping() bool {
	switch c.name {
	case "hello", "ping", "endSessions", "saslStart", "saslContinue", "authenticate":
		return true
	}
	return false
}
