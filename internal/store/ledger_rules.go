package store

import "github.com/saylovhub/hub/internal/reconcile"

// openWork are the jobs that are not done; the list of states is job_open's, so that
// its index serves. A job is open unless it failed.
const openWork = `SELECT id, application, stage, ref, key, CASE WHEN state='failed' THEN 0 ELSE 1 END AS open,
	CASE WHEN state='failed' THEN 1 ELSE 0 END AS failed FROM job WHERE state IN ('ready','waiting','leased','failed')`

// workBy sums up jobs of some stages by what they are about.
func workBy(column, stages string) string {
	return `(SELECT ` + column + ` AS about, max(open) AS open, max(failed) AS failed FROM (` + openWork + ` AND ` + stages + `) o GROUP BY ` + column + `)`
}

// ledgerThings are, by kind, one row for each thing: id, application, state, since,
// and whether a job (open) or a failure (failed) goes on with it. Which stages
// those are is said here.
var ledgerThings = map[reconcile.Kind]string{
	// The stages that bring an application out of a state. The deadline of the
	// checks does so only while somebody is not assessed.
	reconcile.Applications: `SELECT a.id AS id, a.id AS application, a.state AS state, a.submitted_at AS since,
		CASE WHEN j.open=1 OR d.open=1 AND EXISTS (SELECT 1 FROM subject s WHERE s.application_id=a.id
			AND NOT EXISTS (SELECT 1 FROM assessment x WHERE x.subject_id=s.id)) THEN 1 ELSE 0 END AS open,
		CASE WHEN j.failed=1 OR d.failed=1 THEN 1 ELSE 0 END AS failed
		FROM application a
		LEFT JOIN (SELECT application, moves, max(open) AS open, max(failed) AS failed FROM (SELECT application, open, failed,
			CASE WHEN stage='intake.verify' THEN 'submitted' WHEN stage IN ('checks.scatter','checks.assess','checks.whole') OR stage LIKE 'check.%' THEN 'checking'
			WHEN stage='intake.lapse' THEN 'returned' WHEN stage='decision.verify' THEN 'deciding' WHEN stage LIKE 'issuing.%' THEN 'executing' ELSE '' END AS moves
			FROM (` + openWork + ` AND application<>'') w) m GROUP BY application, moves) j ON j.application=a.id AND j.moves=a.state
		LEFT JOIN ` + workBy("application", `stage='checks.deadline'`) + ` d ON d.about=a.id AND a.state='checking'`,

	// A person is assessed, or its deadline, its assessment or the scattering of
	// its application is still to come.
	reconcile.Persons: `SELECT s.id AS id, a.id AS application, a.state AS state, a.submitted_at AS since,
		CASE WHEN j.open=1 OR k.open=1 THEN 1 ELSE 0 END AS open, CASE WHEN j.failed=1 OR k.failed=1 THEN 1 ELSE 0 END AS failed
		FROM subject s JOIN application a ON a.id=s.application_id
		LEFT JOIN ` + workBy("ref", `stage IN ('checks.deadline','checks.assess')`) + ` j ON j.about=s.id
		LEFT JOIN ` + workBy("application", `stage='checks.scatter'`) + ` k ON k.about=a.id
		WHERE NOT EXISTS (SELECT 1 FROM assessment x WHERE x.subject_id=s.id)`,

	// What was to be asked about an application that is not decided any more may be
	// left open.
	reconcile.Checks: `SELECT c.id AS id, s.application_id AS application, CASE WHEN j.about IS NULL AND a.state IN ('returned','superseded','withdrawn','lapsed')
			THEN 'dropped' ELSE c.state END AS state, 0 AS since,
		CASE WHEN c.state='held' THEN (SELECT count(*) FROM check_ p WHERE p.subject_id=c.subject_id AND p.register='personal-data' AND p.state='open')
			WHEN j.open=1 THEN 1 ELSE 0 END AS open,
		CASE WHEN j.failed=1 THEN 1 ELSE 0 END AS failed
		FROM check_ c JOIN subject s ON s.id=c.subject_id JOIN application a ON a.id=s.application_id
		LEFT JOIN ` + workBy("ref", `stage LIKE 'check.%'`) + ` j ON j.about=c.id
		WHERE c.state NOT IN ('answered','skipped')`,

	// A decision in force counts the documents that are still to be issued: those
	// reserved, and those whose job to reserve is not done. One that is to take
	// another's place is none of them.
	reconcile.Decisions: `SELECT d.id AS id, d.application_id AS application, d.at AS since,
		CASE WHEN d.state<>'signed' THEN d.state
			WHEN a.state='executed' AND d.documents_open=0 AND coalesce(r.n,0)+coalesce(q.n,0)=0 THEN 'executed'
			WHEN a.state='executing' AND d.documents_open>0 AND d.documents_open=coalesce(r.n,0)+coalesce(q.n,0) THEN 'executing'
			ELSE 'disagrees' END AS state,
		CASE WHEN d.state='verifying' THEN coalesce(v.open,0) ELSE coalesce(i.open,0) END AS open,
		CASE WHEN d.state='verifying' THEN coalesce(v.failed,0) ELSE coalesce(i.failed,0) END AS failed
		FROM decision d JOIN application a ON a.id=d.application_id
		LEFT JOIN (SELECT decision_id, count(*) AS n FROM document WHERE state='reserved' AND decision_id IS NOT NULL AND replaces='' GROUP BY decision_id) r ON r.decision_id=d.id
		LEFT JOIN (SELECT about, count(*) AS n FROM (SELECT CAST(substr(key, 10, 36) AS TEXT) AS about FROM (` + openWork + ` AND stage='issuing.reserve') w) x GROUP BY about) q ON q.about=d.id
		LEFT JOIN ` + workBy("ref", `stage='decision.verify'`) + ` v ON v.about=d.id
		LEFT JOIN ` + workBy("application", `stage LIKE 'issuing.%'`) + ` i ON i.about=d.application_id`,

	reconcile.Documents: `SELECT d.id AS id, coalesce(d.application_id,'') AS application, d.state AS state, d.reserved_at AS since,
		coalesce(j.open,0) AS open, coalesce(j.failed,0) AS failed
		FROM document d LEFT JOIN ` + workBy("ref", `stage='issuing.render'`) + ` j ON j.about=d.id`,

	// A code whose outcome is unknown is left to its end, which its login has a job for.
	reconcile.Notices: `SELECT n.id AS id, coalesce(n.application_id,'') AS application,
		CASE WHEN n.state='sent' AND n.delivery<>'' THEN 'sent_'||n.delivery ELSE n.state END AS state, n.at AS since,
		CASE WHEN j.open=1 OR n.state='sending' AND e.open=1 THEN 1 ELSE 0 END AS open, coalesce(j.failed,0) AS failed
		FROM notice n LEFT JOIN ` + workBy("ref", `stage LIKE 'notice.%'`) + ` j ON j.about=n.id
		LEFT JOIN (SELECT l.notice_id AS about, max(w.open) AS open FROM login_code l JOIN (` + openWork + ` AND stage='login.expire') w ON w.ref=l.id
			GROUP BY l.notice_id) e ON e.about=n.id`,
}

// ledgerRest are, by kind, the things that need no job to go on: state and how
// many. An empty state means all things of the kind, the others included.
var ledgerRest = map[reconcile.Kind]string{
	reconcile.Persons: `SELECT '', count(*) FROM subject`,
	reconcile.Checks:  `SELECT state, count(*) FROM check_ WHERE state IN ('answered','skipped') GROUP BY state`,
}

// ledgerOddities are rows of id, application and detail that nothing valid has.
var ledgerOddities = map[reconcile.Oddity]string{
	reconcile.Unanswered: `SELECT c.id, coalesce((SELECT application_id FROM subject s WHERE s.id=c.subject_id),''), c.register FROM check_ c
		WHERE c.state='answered' AND NOT EXISTS (SELECT 1 FROM finding f WHERE f.subject_id=c.subject_id AND f.check_id=c.id AND f.round=c.round)`,
	reconcile.Unasked: `SELECT f.id, coalesce((SELECT application_id FROM subject s WHERE s.id=f.subject_id),''), f.register FROM finding f LEFT JOIN check_ c ON c.id=f.check_id
		WHERE c.id IS NULL OR f.round > c.round OR f.round=c.round AND c.state<>'answered'`,
	reconcile.TwoDecisions: `SELECT application_id, application_id, '' FROM decision WHERE state='signed' GROUP BY application_id HAVING count(*) > 1`,
	reconcile.Undecided: `SELECT a.id, a.id, a.state FROM application a WHERE a.state IN ('executing','executed')
		AND NOT EXISTS (SELECT 1 FROM decision d WHERE d.application_id=a.id AND d.state='signed')`,
	reconcile.LostWithdrawal: `SELECT w.id, w.application_id, '' FROM withdrawal w LEFT JOIN ` + workBy("ref", `stage='intake.withdraw'`) + ` j ON j.about=w.id
		WHERE w.state='verifying' AND j.about IS NULL`,
	reconcile.NumberTwice: `SELECT kind||' of '||commission||' '||election, '', '' FROM document GROUP BY kind, commission, election, number HAVING count(*) > 1`,
	reconcile.NoticeTwice: `SELECT min(id), coalesce(min(application_id),''), 'key' FROM notice GROUP BY key HAVING count(*) > 1
		UNION ALL SELECT min(id), coalesce(min(application_id),''), 'message id' FROM notice GROUP BY message_id HAVING count(*) > 1`,
	reconcile.EventGap: `SELECT s.subject, coalesce(e.application,''), 'counted up to '||CAST(s.last AS TEXT)||', there are '||CAST(coalesce(e.n,0) AS TEXT)
		FROM event_sequence s LEFT JOIN (SELECT subject, min(application) AS application, count(*) AS n, min(sequence) AS low, max(sequence) AS high FROM event GROUP BY subject) e
		ON e.subject=s.subject WHERE coalesce(e.n,0)<>s.last OR e.low<>1 OR e.high<>s.last`,
	reconcile.NoSequence: `SELECT e.subject, min(e.application), '' FROM event e LEFT JOIN event_sequence s ON s.subject=e.subject WHERE s.subject IS NULL GROUP BY e.subject`,
}
