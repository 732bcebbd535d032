// Package sms is a mock of the Playmobile broker: it takes messages, drops
// repeated message ids, keeps an inbox that people and other processes can
// read, and reports deliveries to a callback.
package sms
