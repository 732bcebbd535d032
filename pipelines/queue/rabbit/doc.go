// Package rabbit talks to RabbitMQ: Transport carries hints between the
// processes of a hub, Events publishes what other systems subscribe to. Neither
// is a place of record: hints are transient, bounded and unconfirmed, and with
// the broker gone a process goes on with its own; an event counts as published
// when the broker has confirmed it, and its row waits until then.
//
// Topology, naming and marshalling go by watermill-amqp's Config, TopologyBuilder
// and Marshaler. Its connections, Publisher and Subscriber are not used: they
// write and read fields without a lock when a connection is lost, wait for
// confirms without end, and lose pooled channels. Here a line keeps a connection
// up, and a lost one is thrown away with all that was opened on it.
package rabbit
