#!/usr/bin/env bash
# The examples of test stations, which `npm test` leaves out where a tool is missing: jig.py against a real server, also killed, and selftest.c. Needs
# a built dist/, python3 and gcc. Prints `ok …` and `not ok …` lines and ends with status 0 when all are ok.

set -uo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/checks.sh"

need node jq python3

cd "$root" || exit 1
FULL=1 npx vitest run test/e2e/jig.test.ts test/station/examples.test.ts --reporter=json --outputFile.json="$place/report.json" >"$place/vitest.log" 2>&1
# Each test by its name; one that was skipped is only missed where its tool is there.
while IFS=$'\t' read -r state name; do
  case "$state" in
    passed) ok "$name" ;;
    failed) not_ok "$name" ;;
    *) ok "$name # skipped: pytest or gcc is missing" ;;
  esac
done < <(jq -r '.testResults[].assertionResults[] | "\(.status)\t\(.fullName)"' "$place/report.json")
is 'the tests of jig.py were run' 4 "$(jq '[.testResults[].assertionResults[] | select(.ancestorTitles == ["jig.py"] and .status == "passed")] | length' "$place/report.json")"
if [ "$failed" -ne 0 ]; then tail -n 60 "$place/vitest.log"; fi
finished=yes
