package rabbit

import (
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/ThreeDotsLabs/watermill"
	wamqp "github.com/ThreeDotsLabs/watermill-amqp/v2/pkg/amqp"
	"github.com/ThreeDotsLabs/watermill/message"
	amqp "github.com/rabbitmq/amqp091-go"
)

// cloudEvents is the media type of an event in CloudEvents' structured mode.
const cloudEvents = "application/cloudevents+json"

// Marshaler is watermill-amqp's Marshaler for messages that others may have
// touched: a broker adds headers of its own when it delivers again, integers and
// tables among them, and whoever may publish may send anything.
type Marshaler struct {
	Persistent  bool   // kept on disk by durable queues
	ContentType string // of the body; may be empty
}

var _ wamqp.Marshaler = Marshaler{}

// longest is the most bytes a header's name may have.
const longest = 255

// Marshal carries the message's UUID as message id and its metadata as headers.
func (c Marshaler) Marshal(m *message.Message) (amqp.Publishing, error) {
	p := amqp.Publishing{
		MessageId:    m.UUID,
		ContentType:  c.ContentType,
		DeliveryMode: amqp.Transient,
		Body:         m.Payload,
	}
	if c.Persistent {
		p.DeliveryMode = amqp.Persistent
	}
	if len(m.UUID) > longest {
		return p, fmt.Errorf("a message id of %d bytes, at most %d can be sent", len(m.UUID), longest)
	}
	if len(m.Metadata) > 0 {
		p.Headers = make(amqp.Table, len(m.Metadata))
	}
	for k, v := range m.Metadata {
		if len(k) > longest {
			return p, fmt.Errorf("a header's name of %d bytes, at most %d can be sent", len(k), longest)
		}
		p.Headers[k] = v
	}
	return p, nil
}

// Unmarshal never fails. Headers that are not plain values are left out; a
// message without an id gets one.
func (c Marshaler) Unmarshal(d amqp.Delivery) (*message.Message, error) {
	id := d.MessageId
	if id == "" {
		id, _ = d.Headers[wamqp.DefaultMessageUUIDHeaderKey].(string)
	}
	if id == "" {
		id = watermill.NewUUID()
	}
	m := message.NewMessage(id, d.Body)
	for k, v := range d.Headers {
		if s, ok := plain(v); ok && k != wamqp.DefaultMessageUUIDHeaderKey {
			m.Metadata.Set(k, s)
		}
	}
	return m, nil
}

func plain(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case []byte:
		return string(v), utf8.Valid(v)
	case bool, int, int8, byte, int16, uint16, int32, uint32, int64, float32, float64:
		return fmt.Sprint(v), true
	case time.Time:
		return v.UTC().Format(time.RFC3339), true
	}
	return "", false
}
