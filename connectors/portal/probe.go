package portal

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/register"
)

// Probes returns what can be asked about one configured test person with that
// person's consent, in the person's stead and under one transaction number: the
// token of each credential set, fetched anew, and whatever register only reads.
// Never the criminal record: each search opens a request there. Any answer is
// nil, also that there is no entry; else the error is the operation's fault.
// Disability is asked by each kind of document that the question names, and who
// works where only with an Employer.
func (p *Portal) Probes(who register.Question) []call.Probe {
	who.Photo = false
	var all []call.Probe
	for _, set := range slices.Sorted(maps.Keys(p.tokens)) {
		source := p.tokens[set]
		all = append(all, call.Probe{Operation: tokenPrefix + set, Ask: func(ctx context.Context) error {
			return source.Refresh(ctx, who.Transaction)
		}})
	}
	add := func(key string, r register.Register, q register.Question) {
		all = append(all, call.Probe{Operation: key, Ask: func(ctx context.Context) error {
			reply, err := r.Operations[0].Ask(ctx, q)
			if err == nil && reply.Answer == nil { // nothing that only reads opens a request
				return p.services[key].place(fault.Of(breach("neither an answer nor a failure")))
			}
			return err
		}})
	}
	for _, r := range p.Registers() {
		key := string(r.ID) + "." + r.Operations[0].ID
		switch r.ID {
		case register.Criminal:
		case register.WorksAt:
			if who.Employer != "" {
				add(key, r, who)
			}
		case register.Disability:
			if _, certificate := dashed(string(document(who))); !certificate && document(who) != "" {
				add(key, r, who)
			}
			if c := cmp.Or(who.BirthCertificate, birthCertificate(who)); c != "" {
				child := who
				child.Document, child.Identity, child.BirthCertificate = "", nil, c
				add(birthDoc, r, child)
			}
		default:
			add(key, r, who)
		}
	}
	return all
}
