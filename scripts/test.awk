# Reads `go test -v ./...`: passes packages on as one line each, failing ones
# whole, and writes the counts to the file named by summary.

function flush_failed(line,   i) {
	for (i = 1; i <= n; i++)
		if (held[i] !~ /^=== (RUN|PAUSE|CONT|NAME)/ && held[i] !~ /^ *--- (PASS|SKIP)/) print held[i]
	print line
}

# What does not compile is said outside any package's own lines.
/^# / || /^[^ \t=]+\.go:[0-9]+:[0-9]+: / { print; fflush(); compiler = 1; next }
compiler && /^\t/   { print; next }
                   { compiler = 0 }

/^ledger: /        { print; fflush(); ledgers = ledgers $0 "\n"; next }
/^ok  \t/          { ok++; print; fflush(); n = 0; next }
/^\?   \t/         { n = 0; next }
/^\t.*coverage: /  { n = 0; next }
/^FAIL\t/          { bad++; failed = failed "\n  " $2; flush_failed($0); fflush(); n = 0; next }
/^(PASS|FAIL)$/    { next }
/^ *--- PASS: /    { passed++ }
/^ *--- FAIL: /    { broken++; failed = failed "\n  " $3 }
/^ *--- SKIP: /    { skipped++; skips = skips "\n  " $3 }
                   { held[++n] = $0 }

END {
	for (i = 1; i <= n; i++) print held[i] # what go said besides tests
	if (skips != "") printf "skipped:%s\n", skips > summary
	if (failed != "") printf "failed:%s\n", failed > summary
	printf "%s", ledgers > summary
	printf "tests: %d passed, %d failed, %d skipped\npackages: %d passed, %d failed\n", \
		passed, broken, skipped, ok, bad > summary
}
