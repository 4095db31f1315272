#!/usr/bin/env bash
# The single file as a stranger gets it: made twice, with the same bytes; then the main job from an empty folder, by an unprivileged user, with
# no Node.js to be found, over kill -9; the demo; and other file systems. Needs a built dist/, the npm registry, jq and binutils. Prints `ok …` and `not ok …` lines and ends
# with status 0 when all are ok.

set -uo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/checks.sh"
# shellcheck source-path=SCRIPTDIR
. "$root/test/e2e/main-job.sh"

need jq curl strip git pgrep unshare tar sha256sum setpriv node npm

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
check 'the pages that the README leads to too' test -f "unpacked/$name/docs/operations.md"
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
mkdir -m 1777 "$place/tmp"
version="$(jq -r .version "$root/package.json")"
with

is 'it says its version' "$version" "$(run --version)"
built="$(git -C "$root" rev-parse HEAD 2>/dev/null || echo null)"
is 'and what it was built from' "[\"$version\",\"file\",\"$arch\",\"$built\"]" \
  "$(run version --json | jq -c '[.version, .kind, .arch, (.builtFrom.commit | tostring | rtrimstr("-dirty"))]')"
quickly 'it says its version within' 300 timed run --version
with NODE_OPTIONS=--no-such
is 'options of Node.js from the environment change nothing' "$version" "$(run --version 2>&1)"
with

quickly 'a server on an empty store is ready within' 1500 timed_start

main_job 'the file:'
is 'nothing is left in the folder for temporary files' '' "$(ls -A "$place/tmp")"

with TMPDIR=/nonexistent
check 'a folder for temporary files that cannot be written is passed over' serve
stopped 'without one:'
with FOGBELL_NATIVE_DIR=/nonexistent
is 'where nothing can be written, the fault names the folder and the remedy' 1 \
  "$(run serve 2>&1 | grep -c 'could not be loaded from any folder (/nonexistent: .*set FOGBELL_NATIVE_DIR')"

# The demo, in a folder that cannot be written.
mkdir -m 755 "$place/unwritable"
cd "$place/unwritable" || exit 1
with
# What a demo left: files, and processes of its own.
left() {
  find "$place/tmp" "$place/unwritable" -mindepth 1
  pgrep -af "^$fogbell .*fogbell-demo"
}
check 'the demo ends by itself with status 0' eval 'run demo >"$place/demo.log"'
is 'and says first what will happen' 1 "$(head -n 1 "$place/demo.log" | grep -c '^An update on this machine, in about 20 seconds')"
is 'and at last what to type' 3 "$(tail -n 6 "$place/demo.log" | grep -c "^  $fogbell \(serve\|simulate\|push\)")"
is 'without colours' 0 "$(grep -c $'\e' "$place/demo.log")"
is 'it leaves nothing behind' '' "$(left)"
rm "$place/demo.log"
"${bare[@]}" demo >"$place/demo.log" 2>&1 &
demo=$!
soon 'a demo runs' grep -q 'devices are connected' "$place/demo.log"
kill -INT "$demo"
wait "$demo"
is 'Ctrl-C ends it with status 130' 130 "$?"
is 'and it leaves nothing behind' '' "$(left)"
run demo 2>/dev/null | head -n 1 >/dev/null
is 'where nobody reads on, it ends and leaves nothing behind' '' "$(left)"
with TMPDIR="$place/unwritable/none"
is 'without a folder for temporary data it says so' 1 "$(run demo 2>&1 | grep -c 'which cannot be used: .*; set TMPDIR to')"

# The same main job with other file systems, which need a mount namespace of their own.
# apart SCRIPT: sets `bare`, the file in a mount namespace that the script has made.
apart() {
  with "${@:2}"
  bare=(unshare --mount sh -c "$1"' && exec "$@"' sh "${bare[@]}")
}
# new_home NAME
new_home() {
  mkdir -p "$place/$1/data"
  cd "$place/$1" || exit 1
  chown -R 65534:65534 .
}
if [ "$(id -u)" -eq 0 ] && unshare --mount sh -c "mount -t tmpfs none '$place/tmp'" 2>/dev/null; then
  new_home noexec
  apart "mount -t tmpfs -o noexec,mode=1777,size=64m none '$place/tmp'"
  main_job 'with temporary files on a noexec file system:'

  new_home readonly
  others="mount --bind data data; awk '{print \$2}' /proc/self/mounts | sort -r |
    while read -r at; do case \$at in $PWD/data | /proc | /proc/* | /sys | /sys/*) ;; *) mount -o remount,bind,ro \"\$at\" ;; esac; done 2>/dev/null; cd ."
  apart "$others && ! touch '$place/x' /tmp/x /dev/shm/x /var/tmp/x 2>/dev/null"
  main_job 'with a read-only root:'

  new_home full
  apart "mount -t tmpfs -o mode=1777,size=1m none '$place/tmp'"
  is 'where the temporary files are on a full file system, the demo says so' 1 \
    "$(run demo 2>&1 | grep -c 'the demo needs 33,554,432 bytes .* free some, or set TMPDIR')"
else
  printf 'NOT TRIED: noexec, read-only and full file systems need root and mount namespaces\n'
fi
cd "$place" || exit 1
finished=yes
