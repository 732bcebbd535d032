// Package mocks starts the stand-ins of every outside system: the portal with
// its registers, the EDS server, OneID, the SMS gateways. They are real HTTP
// servers, true to the wire, for tests, demos and for anybody who integrates
// with those systems; all of them know the same made-up people (package
// population) and can be told to fail (package chaos).
//
// Control endpoints of each server, JSON but for the page:
//
//	GET               /_mock/                a page: operations, faults in force, calls
//	GET, POST, DELETE /_mock/faults          faults in force; order one or several; heal (?operation=)
//	GET, DELETE       /_mock/calls           calls counted by operation
//	GET               /_mock/people          portal: the stories (?story= for one)
//	DELETE            /_mock/tokens          portal, oneid, eskiz: all tokens become invalid
//	POST              /_mock/sign            eds: {"as", "document", "detached", "no_timestamp", "flaw"}
//	POST              /_mock/revoke          eds: {"as"}
//	POST              /_mock/signin          oneid: signs somebody in without a browser
//	GET, DELETE       /_mock/inbox           sms, eskiz: accepted messages; the same to look at under /
//	POST              /_mock/callback        sms: where and how deliveries are reported
//
// The mocks import nothing of the project but contracts: a mock that shared
// code with the connector it stands for would share its mistakes.
package mocks
