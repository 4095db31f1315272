#!/usr/bin/env bash
# The single file as a stranger gets it: made twice, with the same bytes; then the main job from an empty folder, by an unprivileged user, with
# no Node.js to be found, over kill -9. Needs a built dist/, the npm registry, jq and binutils. Prints `ok …` and `not ok …` lines and ends
# with status 0 when all are ok.

set -uo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/checks.sh"

need jq curl strip tar sha256sum setpriv node npm

arch="$(node -p process.arch)"
make() { (cd "$root" && node bin/package/make.js --arch "$arch" --skip deb --out "$1"); }
check 'the package is made' make "$place/out"
check 'and made again' make "$place/again"
is 'with the same bytes' "$(cat out/SHA256SUMS)" "$(cat again/SHA256SUMS)"
rm -rf again
check 'its digests are right' bash -c 'cd out && sha256sum --check --strict SHA256SUMS'
name="$(basename out/*.tar.gz .tar.gz)"
check 'the file is smaller than 120 MB' test "$(stat -c %s "out/$name")" -lt 120000000
check 'the bill of materials is one' jq -e '.bomFormat == "CycloneDX" and (.components | length) > 90' out/sbom.cdx.json

mkdir -p unpacked home
tar -xzf "out/$name.tar.gz" -C unpacked
fogbell="$place/unpacked/$name/fogbell"
check 'the licences of Node.js and of the packages are beside it' grep -q '^fastify ' "unpacked/$name/THIRD-PARTY-LICENCES.txt"
chmod 755 "$place" unpacked "unpacked/$name"
if [ "$(id -u)" -eq 0 ]; then
  user=(setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs)
  chown 65534:65534 home
else
  user=()
fi
cd home || exit 1

# with [NAME=VALUE…]: sets `bare`, the file with nothing of this environment but these variables.
with() { bare=("${user[@]}" env -i HOME="$PWD" PATH=/nonexistent TMPDIR="$place/tmp" NO_COLOR=1 "$@" "$fogbell"); }
run() { "${bare[@]}" "$@"; }
mkdir -m 1777 "$place/tmp"
with

is 'it says its version' "$(jq -r .version "$root/package.json")" "$(run --version)"
with NODE_OPTIONS=--no-such
is 'options of Node.js from the environment change nothing' "$(jq -r .version "$root/package.json")" "$(run --version 2>&1)"
with

# A server with ./data; sets `server`.
serve() {
  "${bare[@]}" serve --host 127.0.0.1 --mqtt-port 0 --firmware-port 0 --admin-port 0 >>serve.log 2>&1 &
  server=$!
  within 30 up_or_gone && ! gone "$server" 2>/dev/null
}
state() { run task list --json | jq -S '[.[] | {id, device, state, step}]'; }

check 'the server starts' serve
is 'nothing is left in the folder for temporary files' '' "$(ls -A "$place/tmp")"
run simulate --devices 3 --product lamp --version 1.0.0 >simulate.log 2>&1 &
devices=$!
online() { [ "$(run device list --json | jq '[.[] | select(.online)] | length')" = 3 ]; }
soon 'three simulated devices are online' online
head -c 300000 /dev/urandom >image.bin
check 'an update succeeds' run push image.bin --product lamp --version 2.0.0 --watch
is 'on all three' '3' "$(run task list --json | jq '[.[] | select(.state == "succeeded")] | length')"
before="$(state)"
kill -9 "$server"
wait "$server" 2>/dev/null
check 'after kill -9 it starts again' serve
is 'with the same tasks' "$before" "$(state)"
kill -TERM "$server"
within 5 gone "$server"
wait "$server"
is 'SIGTERM ends it with status 0' 0 "$?"
server=''
kill "$devices" 2>/dev/null

with TMPDIR=/nonexistent
check 'a folder for temporary files that cannot be written is passed over' serve
kill -TERM "$server"
wait "$server"
server=''
with FOGBELL_NATIVE_DIR=/nonexistent
is 'where nothing can be written, the fault names the folder and the remedy' 1 \
  "$(run serve 2>&1 | grep -c 'could not be loaded from any folder (/nonexistent: .*set FOGBELL_NATIVE_DIR')"
cd "$place" || exit 1
finished=yes
