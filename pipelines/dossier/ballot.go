package dossier

// BallotOf is the kind of vote that an application is about: its own, else the only
// one that its election holds; empty: every one.
func BallotOf(a Application, el Election) string {
	if a.Ballot == "" && len(el.Ballots) == 0 {
		return el.Kind
	}
	return a.Ballot
}
