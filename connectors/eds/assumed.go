package eds

import (
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/signature"
)

// What no published page says of E-IMZO-SERVER, and what the hub takes for true
// until the operator confirms it. All of it is in this file.

const (
	// A signer without a timestamp is believed when the own clock is this close.
	usualClockSkew = 5 * time.Minute
	// A certificate's status is good for a day; the server looks it up anew for
	// each verification, so that an older one means that it no longer can.
	usualStatusAge = 24 * time.Hour
	// The VPN key takes days to renew; when it lapses every verification fails
	// with status -1.
	keyNotice = 14 * 24 * time.Hour
	// A protocol is signed by a commission; the largest has some two dozen members.
	mostSigners = 64
	// A serial number is 20 bytes by RFC 5280; leave room for a sign and zeros.
	longestSerial = 48
	// Names in certificates are at most 64 characters an attribute by X.520, and
	// these hold several; longer ones are cut.
	longestName = 256
	// A challenge is a UUID of 36 characters that lives 120 seconds.
	longestChallenge = 256
	longestLife      = 3600
	// Evidence of a signer is some 20 KiB: certificates and OCSP answers.
	mostEvidence = 4 << 20
	// A document of some tens of megabytes comes back in base64.
	longestAnswer = 64 << 20
)

// The times are printed without a zone: the server's own, which stands in
// Uzbekistan. Ping compares its clock with ours and finds another zone out.
func usualZone() *time.Location { return civil.Tashkent }

// Which of them retry is our policy: -1 and verification's -20 say that the
// server could not find out; these are verdicts. Zero is "reserved".
var verdicts = map[int]signature.Reason{
	statusInvalid: signature.Invalid, statusUntrusted: signature.Untrusted, statusExpired: signature.Expired,
	-21: signature.BadTimestamp, -22: signature.BadTimestamp, -23: signature.BadTimestamp,
}

func (c Config) withDefaults() Config {
	if c.ClockSkew == 0 {
		c.ClockSkew = usualClockSkew
	}
	if c.StatusAge == 0 {
		c.StatusAge = usualStatusAge
	}
	if c.Zone == nil {
		c.Zone = usualZone()
	}
	return c
}
