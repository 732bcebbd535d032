package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/internal/servicetest"
	"github.com/saylovhub/hub/internal/store"
)

// Both databases have the same tables and columns, and refuse the same doubles.
func TestSameSchema(t *testing.T) {
	t.Parallel()
	lite, big := open(t, t.TempDir(), time.Now), open(t, servicetest.Postgres(t), time.Now)
	of := func(s *store.Store, query string) []string {
		t.Helper()
		list, err := s.Rows(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(list)
		return list
	}
	// Types by what they hold, not by name: a flag is 0 or 1 in SQLite.
	kind := func(list []string) []string {
		for i, v := range list {
			v = strings.ToLower(v)
			for from, to := range map[string]string{"bigint": "integer", "boolean": "integer", "bytea": "blob"} {
				v = strings.Replace(v, " "+from+" ", " "+to+" ", 1)
			}
			list[i] = v
		}
		slices.Sort(list)
		return list
	}
	const own = `name NOT LIKE 'sqlite_%' AND m.name NOT LIKE 'goose_%'`
	columns := [2][]string{
		kind(of(lite, `SELECT m.name || '.' || c.name || ' ' || c.type || ' ' || CASE WHEN c."notnull" OR c.pk > 0 THEN 'required' ELSE 'optional' END
			FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type='table' AND m.`+own)),
		kind(of(big, `SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || CASE is_nullable WHEN 'NO' THEN 'required' ELSE 'optional' END
			FROM information_schema.columns WHERE table_schema=current_schema() AND table_name NOT LIKE 'goose_%'`)),
	}
	if d := cmp.Diff(columns[0], columns[1]); d != "" {
		t.Errorf("columns of SQLite (-) and PostgreSQL (+): %s", d)
	}
	if len(columns[0]) < 150 {
		t.Errorf("only %d columns were compared", len(columns[0]))
	}
	unique := [2][]string{
		of(lite, `SELECT DISTINCT key FROM (SELECT m.name || '(' || (SELECT group_concat(name, ',') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY name)) || ')' ||
				CASE WHEN i.partial THEN ' in part' ELSE '' END AS key
			FROM sqlite_master m JOIN pragma_index_list(m.name) i WHERE m.type='table' AND i."unique" AND m.`+own+`
			UNION SELECT m.name || '(' || c.name || ')' FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type='table' AND c.pk=1 AND m.`+own+`
				AND (SELECT count(*) FROM pragma_table_info(m.name) WHERE pk > 0)=1) AS keys`),
		of(big, `SELECT DISTINCT t.relname || '(' || (SELECT string_agg(a.attname, ',' ORDER BY a.attname) FROM pg_attribute a WHERE a.attrelid=t.oid AND a.attnum=ANY(i.indkey)) || ')' ||
				CASE WHEN i.indpred IS NOT NULL THEN ' in part' ELSE '' END
			FROM pg_index i JOIN pg_class t ON t.oid=i.indrelid WHERE i.indisunique AND t.relnamespace=current_schema()::regnamespace AND t.relname NOT LIKE 'goose_%'`),
	}
	if d := cmp.Diff(unique[0], unique[1]); d != "" {
		t.Errorf("uniqueness in SQLite (-) and PostgreSQL (+): %s", d)
	}
	indexes := [2][]string{
		of(lite, `SELECT name FROM sqlite_master WHERE type='index' AND sql IS NOT NULL`),
		of(big, `SELECT indexname FROM pg_indexes WHERE schemaname=current_schema() AND tablename NOT LIKE 'goose_%' AND indexname NOT LIKE '%_pkey' AND indexname NOT LIKE '%_key'`),
	}
	if d := cmp.Diff(indexes[0], indexes[1]); d != "" {
		t.Errorf("indexes of SQLite (-) and PostgreSQL (+): %s", d)
	}
}
