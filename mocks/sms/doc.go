// Package sms is a mock of the Playmobile broker: it takes messages, drops
// repeated message ids, keeps an inbox that people and other processes can
// read, refuses numbers on demand, and reports deliveries to a callback: late,
// twice or out of order.
package sms
