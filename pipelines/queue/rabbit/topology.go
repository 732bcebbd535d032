package rabbit

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	wamqp "github.com/ThreeDotsLabs/watermill-amqp/v2/pkg/amqp"
	amqp "github.com/rabbitmq/amqp091-go"
)

// version stands in the queues' names: a queue's arguments cannot be changed, so
// other arguments need other queues, and processes of both kinds may run at once.
const version = "v1"

var namespaces = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`)

// QueueName is the queue of a topic: "hub.stage.sms" is "<namespace>.v1.stage.sms".
func QueueName(namespace, topic string) string {
	return namespace + "." + version + "." + strings.TrimPrefix(topic, "hub.")
}

// ExchangeName is the exchange of events.
func ExchangeName(namespace string) string { return namespace + ".events" }

// hints describes the queues of hints: durable, so that the broker's restart
// brings them back, with messages that are not.
func hints(c Config) wamqp.Config {
	return wamqp.Config{
		Marshaler: Marshaler{},
		Exchange:  wamqp.ExchangeConfig{GenerateName: func(string) string { return "" }},
		Queue: wamqp.QueueConfig{
			GenerateName: func(topic string) string { return QueueName(c.Namespace, topic) },
			Durable:      true,
			Arguments: amqp.Table{
				"x-queue-type":  "classic",
				"x-message-ttl": milliseconds(c.TTL),
				"x-expires":     milliseconds(c.Expires),
				"x-max-length":  int64(c.MaxLength),
				"x-overflow":    "drop-head",
			},
		},
		Publish:         wamqp.PublishConfig{GenerateRoutingKey: func(topic string) string { return QueueName(c.Namespace, topic) }},
		Consume:         wamqp.ConsumeConfig{Qos: wamqp.QosConfig{PrefetchCount: c.Prefetch}},
		TopologyBuilder: &wamqp.DefaultTopologyBuilder{},
	}
}

// events describes the exchange of events. Who subscribes brings the queue.
func events(namespace string) wamqp.Config {
	return wamqp.Config{
		Marshaler:       Marshaler{Persistent: true, ContentType: cloudEvents},
		Exchange:        wamqp.ExchangeConfig{GenerateName: func(string) string { return ExchangeName(namespace) }, Type: amqp.ExchangeTopic, Durable: true},
		TopologyBuilder: &wamqp.DefaultTopologyBuilder{},
	}
}

func milliseconds(d time.Duration) int64 { return d.Milliseconds() }

// errRefused means the broker is there and does not let us have a queue or an
// exchange: waiting does not help, an operator does.
var errRefused = errors.New("refused by the broker")

// declareQueue makes sure that the queue of a topic is there and is ours. What
// fails closes the channel.
func declareQueue(ch *amqp.Channel, c wamqp.Config, topic string) error {
	queue := c.Queue.GenerateName(topic)
	err := c.TopologyBuilder.BuildTopology(ch, queue, c.Exchange.GenerateName(topic), c, watermill.NopLogger{})
	return refused("queue "+queue, err)
}

func declareExchange(ch *amqp.Channel, c wamqp.Config) error {
	name := c.Exchange.GenerateName("")
	return refused("exchange "+name, c.TopologyBuilder.ExchangeDeclare(ch, name, c))
}

func refused(what string, err error) error {
	e, ok := errors.AsType[*amqp.Error](err)
	switch {
	case err == nil:
		return nil
	case ok && (e.Code == amqp.PreconditionFailed || e.Code == amqp.AccessRefused || e.Code == amqp.ResourceLocked):
		return fmt.Errorf("declaring %s: %w: %w", what, errRefused, err)
	}
	return fmt.Errorf("declaring %s: %w", what, err)
}

// advice tells the operator what to do about a queue or an exchange that is refused.
func advice(err error) string {
	if e, ok := errors.AsType[*amqp.Error](err); ok && e.Code == amqp.PreconditionFailed {
		return "it exists with other arguments: delete it (hints and exchanges hold nothing that would be lost) or give this hub a namespace of its own"
	}
	return "allow the broker's user to configure, write and read it"
}
