package observer

import "encoding/binary"

// mostPacket is how long a message may be; a longer one is passed by.
const mostPacket = 1 << 20

// packets puts gRPC's messages together, each after five bytes: whether it is compressed, and its length.
type packets struct {
	head []byte
	left int // of the message that has begun
	pass bool
	kept []byte
	each func([]byte) // nil: none is wanted
}

const packetHead = 5

func (p *packets) write(data []byte) {
	for len(data) > 0 && p.each != nil {
		if p.left == 0 {
			data = p.begin(data)
			continue
		}
		n := min(p.left, len(data))
		if !p.pass {
			p.kept = append(p.kept, data[:n]...)
		}
		data, p.left = data[n:], p.left-n
		p.deliver()
	}
}

// begin reads what stands before a message.
func (p *packets) begin(data []byte) []byte {
	n := min(packetHead-len(p.head), len(data))
	p.head = append(p.head, data[:n]...)
	if len(p.head) == packetHead {
		size := int64(binary.BigEndian.Uint32(p.head[1:]))
		p.left, p.pass = int(size), p.head[0] != 0 || size > mostPacket
		p.head, p.kept = p.head[:0], p.kept[:0]
		p.deliver()
	}
	return data[n:]
}

// deliver hands over a message that is whole.
func (p *packets) deliver() {
	if p.left == 0 && !p.pass {
		p.each(p.kept)
	}
}
