# shellcheck shell=bash
# Sourced by the e2e scripts: a temporary directory that is removed, lines `ok …` and `not ok …`, and waiting for conditions. The scripts set
# `server` while one runs, and `finished` at their end.

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
place="$(mktemp -d)"
cd "$place" || exit 1
export NO_COLOR=1 XDG_CONFIG_HOME="$place/config" PATH="$place/bin:$PATH:/usr/sbin"
unset "${!FOGBELL_@}"
failed=0 server='' finished=no

ok() { printf 'ok %s\n' "$*"; }
not_ok() {
  printf 'not ok %s\n' "$*"
  failed=1
}
# check WHAT COMMAND…
check() { if "${@:2}" >/dev/null 2>&1; then ok "$1"; else not_ok "$1"; fi; }
# is WHAT WANTED FOUND
is() { if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1: wanted '$2', found '$3'"; fi; }
# within SECONDS COMMAND…: repeats it every tenth of a second until it succeeds.
within() {
  local end=$((SECONDS + $1))
  until "${@:2}" >/dev/null 2>&1; do
    if [ "$SECONDS" -ge "$end" ]; then return 1; fi
    sleep 0.1
  done
}
# soon WHAT COMMAND…: true within 15 seconds.
soon() { if within 15 "${@:2}"; then ok "$1"; else not_ok "$1"; fi; }
gone() { ! kill -0 "$1"; }
# need TOOL…: ends the script if one is missing.
need() {
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null && continue
    not_ok "$tool is needed"
    finished=yes
    exit
  done
}

# shellcheck disable=SC2329 # called by the trap
leave() {
  local job
  for job in $(jobs -p); do kill "$job" 2>/dev/null; done
  if [ -n "$server" ] && ! within 12 gone "$server"; then kill -9 "$server"; fi
  if [ "$finished" = no ]; then not_ok 'the script did not reach its end'; fi
  if [ "$failed" -ne 0 ] && [ -e serve.log ]; then tail -n 40 serve.log; fi
  cd / && rm -rf "$place"
  exit "$failed"
}
trap leave EXIT

mkdir -p bin config
ln -s "$root/bin/fogbell.js" bin/fogbell

# start SERVE'S-OWN…: a server with the settings in settings.json, its output in serve.log; sets `server`, and ends the script if it does not start.
start() {
  fogbell serve --config settings.json "$@" >>serve.log 2>&1 &
  server=$!
  if within 30 up_or_gone && ! gone "$server" 2>/dev/null; then return; fi
  not_ok 'the server starts'
  finished=yes
  exit
}
# Written by this run, not by one that was killed.
up_or_gone() { [ "$(jq .pid data/fogbell.json)" = "$server" ] || gone "$server"; }
