#!/usr/bin/env bash
# A thousand devices over real sockets and the campaigns that update them: a canary, soaks, slots, a rate, devices that misbehave, and
# builds that no device accepts. Needs a built dist/ and jq. Prints `ok …` and `not ok …` lines and ends with status 0 when all are ok.

set -uo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source-path=SCRIPTDIR
. "$here/checks.sh"

need jq node
# A fall-back is sure after minutes; here after seconds.
echo '{"ota": {"rollbackGraceSeconds": 5}}' >settings.json
start --host 127.0.0.1 --mqtt-port 0 --firmware-port 0 --admin-port 0
ok 'the server starts'
if ! node "$here/fleet.e2e.mjs"; then not_ok 'all of the fleet is as it should be'; fi

kill -TERM "$server"
check 'it stops when it is told to' within 10 gone "$server"
server=''
finished=yes
