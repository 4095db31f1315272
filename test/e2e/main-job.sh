# shellcheck shell=bash
# Sourced by the e2e scripts of what users install, after checks.sh: the main job in the current folder, over kill -9. `bare` is the command that
# is `fogbell`, with the environment and the user that it shall have.

run() { "${bare[@]}" "$@"; }
# serve OPTIONS…: a server with ./data; sets `server`.
serve() {
  "${bare[@]}" serve --host 127.0.0.1 --mqtt-port 0 --firmware-port 0 --admin-port 0 "$@" >>"$place/serve.log" 2>&1 &
  server=$!
  within 30 up_or_gone && ! gone "$server" 2>/dev/null
}
online() { [ "$(run device list --json | jq '[.[] | select(.online)] | length')" = 3 ]; }
state() { run task list --json | jq -S '[.[] | {id, device, state, step}]'; }
# stopped WHAT: SIGTERM ends the server within 5 seconds, with status 0.
stopped() {
  kill -TERM "$server"
  check "$1 SIGTERM ends it within 5 s" within 5 gone "$server"
  wait "$server"
  is "$1 with status 0" 0 "$?"
  server=''
}
# The web page, with the first script that it names.
page_is_there() {
  local url script
  url="$(jq -r .admin data/fogbell.json)"
  script="$(curl -fsS "$url/" | grep -o '/assets/[A-Za-z0-9_-]*\.js' | head -n 1)"
  [ -n "$script" ] && [ "$(curl -fsS --compressed "$url$script" | wc -c)" -gt 500 ]
}
# main_job WHAT
main_job() {
  local devices before
  check "$1 the server starts" serve
  # Not by `run`: as a job that would be a shell around it, which is all that a signal reached.
  "${bare[@]}" simulate --devices 3 --product lamp --version 1.0.0 >simulate.log 2>&1 &
  devices=$!
  soon "$1 three simulated devices are online" online
  head -c 300000 /dev/urandom >image.bin
  check "$1 the web page is in it" page_is_there
  check "$1 an update succeeds" run push image.bin --product lamp --version 2.0.0 --watch
  is "$1 on all three" 3 "$(run task list --json | jq '[.[] | select(.state == "succeeded")] | length')"
  before="$(state)"
  kill -9 "$server"
  wait "$server" 2>/dev/null
  check "$1 after kill -9 it starts again" serve
  is "$1 with the same tasks" "$before" "$(state)"
  stopped "$1"
  kill "$devices" 2>/dev/null
  wait "$devices" 2>/dev/null
}
# quickly WHAT MILLISECONDS COMMAND…: the best of up to ten runs is as fast as that. Where the machine is too busy to tell, what the command needs
# of a processor decides. COMMAND prints milliseconds: those that went by, and those of a processor.
quickly() {
  local passed needed best=999999 least=999999
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    read -r passed needed < <("${@:3}")
    if [ "$passed" -lt "$best" ]; then best="$passed"; fi
    if [ "$needed" -lt "$least" ]; then least="$needed"; fi
    if [ "$best" -le "$2" ]; then break; fi
  done
  check "$1 $2 ms (took $best ms, $least ms of a processor)" test "$((best < least ? best : least))" -le "$2"
}
# timed COMMAND…: as `quickly` wants it.
timed() {
  local TIMEFORMAT='%R %U %S'
  { time "$@" >/dev/null 2>&1; } 2>&1 | awk '{ printf "%d %d\n", $1 * 1000, ($2 + $3) * 1000 }'
}
# timed_start: the same for a server in a new, empty folder, until it is ready.
timed_start() {
  local from ticks
  # Else the last server's line would be read.
  : >ready.log
  from="$(date +%s%3N)"
  "${bare[@]}" serve --data "$(mktemp -u "$PWD/empty.XXXX")" --host 127.0.0.1 --mqtt-port 0 --firmware-port 0 --admin-port 0 >ready.log 2>&1 &
  until grep -q 'is ready$' ready.log || gone "$!" 2>/dev/null; do sleep 0.01; done
  ticks="$(awk '{ print $14 + $15 }' "/proc/$!/stat")"
  if grep -q 'is ready$' ready.log; then printf '%s %s\n' "$(($(date +%s%3N) - from))" "$((ticks * 10))"; else printf '999999 999999\n'; fi
  kill -TERM "$!"
  wait "$!"
}
