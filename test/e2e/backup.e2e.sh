#!/usr/bin/env bash
# Backup and restore as an operator does them: a real server with simulated devices under update, kill -9 of the command, of the server and of a
# restore at random times (KILLS, 21 by default), and devices that go on with the restored server. Needs a built dist/ and jq. Prints `ok …`
# and `not ok …` lines and ends with status 0 when all are ok.

set -uo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/checks.sh"

need jq curl
kills=${KILLS:-21}
echo '{"devices": {"enrolment": "open"}}' >settings.json
# Always the same ports, so that devices find the restored server; those of this process id.
ports=(--mqtt-port $((20000 + $$ % 10000)) --firmware-port $((30000 + $$ % 10000)) --admin-port 0)

# fleet VERSION: simulated devices in the background; sets `fleet`.
fleet() {
  fogbell simulate --devices 20 --product lamp --ask all --version "$1" --broker "mqtt://127.0.0.1:${ports[1]}" --json >>fleet.log 2>&1 &
  fleet=$!
}
# started DIR: a server on that directory; sets `server`.
started() {
  fogbell serve --config settings.json --data "$1" --host 127.0.0.1 "${ports[@]}" >>serve.log 2>&1 &
  server=$!
  within 30 running "$1"
}
running() { [ "$(jq .pid "$1/fogbell.json")" = "$server" ]; }
# stopped SIGNAL
stopped() {
  kill "-$1" "$server" && wait "$server" 2>/dev/null
  server=''
}
# api DIR PATH
api() { curl -sS -H "Authorization: Bearer $(<"$1/admin.token")" "$(jq -r .admin "$1/fogbell.json")/api/v1$2"; }
# records DIR: all of them, without what depends on connections.
records() {
  local path
  for path in '/devices?limit=1000' '/firmware?limit=1000' '/campaigns?limit=1000' '/tasks?limit=1000'; do api "$1" "$path"; done |
    jq -S 'del(.items[].online, .items[].connection, .items[].lastSeen, .items[].text, .items[].why?)'
}
# random MILLISECONDS: a time up to that, in seconds.
random() { printf '%d.%03d' $((RANDOM % $1 / 1000)) $((RANDOM % $1 % 1000)); }
# killed COMMAND…: kills it after a random time, unless it has ended before; its status is that of the kill.
killed() {
  "$@" >/dev/null 2>&1 &
  local child=$!
  sleep "$(random 2500)"
  kill -9 "$child" 2>/dev/null
  wait "$child" 2>/dev/null
}

# ---------------------------------------------------------------- a backup while updates run

started data && ok 'the server starts' || not_ok 'the server starts'
head -c 60000000 /dev/urandom >one.bin
head -c 300000 /dev/urandom >two.bin
fleet 1.0.0
devices() { [ "$(api data '/devices?limit=1000' | jq '.items | length')" -ge 20 ]; }
soon 'the devices are there' devices
fogbell push one.bin --product lamp --version 1.1.0 --data data --json >push.json
check 'a backup while devices update' fogbell backup first.tar --data data
check 'it is whole' fogbell backup --check first.tar
is 'only its owner reads it' 600 "$(stat -c %a first.tar)"
check 'tar lists it' tar tf first.tar
printf 'a long passphrase\n' >passphrase
check 'an encrypted one' fogbell backup sealed --passphrase-file passphrase --data data
check 'it is whole, too' fogbell backup --check sealed --passphrase-file passphrase
if fogbell backup --check sealed >/dev/null 2>&1; then not_ok 'it is refused without its passphrase'; else ok 'it is refused without its passphrase'; fi

if fogbell restore first.tar --data data 2>running.log; then not_ok 'no restore into the directory of a running server'; else ok 'no restore into the directory of a running server'; fi
check 'and it says that it runs' grep -q OTA_STORE_LOCKED running.log
fogbell restore first.tar --data twice >/dev/null 2>&1 &
other=$!
fogbell restore first.tar --data twice >/dev/null 2>&1
one=$?
wait "$other"
is 'of two restores into one directory one is done' '0 1' "$(printf '%s\n' "$one" $? | sort | paste -sd ' ')"

# ---------------------------------------------------------------- kill -9 of the command and of the server

whole=0 torn=0 begun=0
for ((n = 0; n < kills / 3; n++)); do
  rm -f killed.tar
  killed fogbell backup killed.tar --data data
  if compgen -G 'killed.tar.*.partial' >/dev/null; then begun=$((begun + 1)); fi
  if [ -e killed.tar ]; then fogbell backup --check killed.tar >/dev/null && whole=$((whole + 1)) || torn=$((torn + 1)); fi
done
is "$n backups that were killed left nothing that looks whole ($begun were being written, $whole were done before)" 0 "$torn"
rm -f killed.tar
check 'the next backup works' fogbell backup killed.tar --data data
# shellcheck disable=SC2012 # names without blanks
is 'and removes what the killed ones left' 0 "$(ls | grep -c partial)"

torn=0
for ((n = 0; n < kills / 3; n++)); do
  rm -f cut.tar
  fogbell backup cut.tar --data data >/dev/null 2>&1 &
  command=$!
  sleep "$(random 2500)"
  stopped KILL
  wait "$command"
  if [ -e cut.tar ]; then fogbell backup --check cut.tar >/dev/null || torn=$((torn + 1)); fi
  started data || not_ok 'the server starts again'
done
is "$n backups whose server was killed left nothing that looks whole" 0 "$torn"
# shellcheck disable=SC2012
is 'and no part of one' 0 "$(ls | grep -c partial)"

# ---------------------------------------------------------------- restore, killed and not

kill "$fleet" 2>/dev/null && wait "$fleet" 2>/dev/null
settled() { [ "$(records data | md5sum)" = "$(sleep 0.5 && records data | md5sum)" ]; }
soon 'nothing changes any more' settled
rm -f last.tar
check 'the last backup' fogbell backup last.tar --data data
records data >before.json
stopped TERM

adopted=0 refused=0
for ((n = 0; n < kills / 3; n++)); do
  # Killed at a random time after it has begun.
  fogbell restore last.tar --data restored >/dev/null 2>&1 &
  child=$!
  until [ -e restored/restore.tmp ] || gone "$child" 2>/dev/null; do :; done
  sleep "$(random 250)"
  kill -9 "$child" 2>/dev/null
  wait "$child" 2>/dev/null
  if [ -e restored/restore.tmp ]; then
    # A start must refuse it; one that does not would have to be stopped.
    if timeout 10 fogbell serve --config settings.json --data restored --host 127.0.0.1 "${ports[@]}" >refused.log 2>&1; then adopted=$((adopted + 1)); fi
    if grep -q 'has not ended' refused.log; then refused=$((refused + 1)); else adopted=$((adopted + 1)); fi
  elif [ -e restored/store ]; then
    # It was done before.
    rm -rf restored
  fi
done
is "of $n restores that were killed none is taken for whole ($refused had begun)" 0 "$adopted"
check 'the next restore begins anew' fogbell restore last.tar --data restored
is 'and leaves nothing of the killed ones' 'admin.token images instance.json store' "$(cd restored && echo *)"

started restored && ok 'a server starts on it' || not_ok 'a server starts on it'
records restored >after.json
if diff before.json after.json >records.diff; then ok 'all records are equal'; else not_ok "all records are equal: $(head -n 5 records.diff)"; fi
is 'the token is the same' "$(<data/admin.token)" "$(<restored/admin.token)"
fleet 1.1.0
online() { [ "$(api restored '/devices?limit=1000' | jq '[.items[] | select(.online)] | length')" -ge 20 ]; }
soon 'the devices are back' online
check 'an update works' fogbell push two.bin --product lamp --version 1.2.0 --data restored --watch
is 'its tasks have ids above those of the old life' 0 "$(api restored '/tasks?limit=1000' | jq '[.items[] | select(.to == "1.2.0" and (.id | tonumber) <= 1000000)] | length')"
updated() { [ "$(api restored '/devices?limit=1000' | jq '[.items[] | select(.modules.default.version == "1.2.0")] | length')" -ge 20 ]; }
soon 'all devices have it' updated
kill "$fleet" 2>/dev/null && wait "$fleet" 2>/dev/null
stopped TERM

# ---------------------------------------------------------------- a full disk, the owner, the timer

if [ "$(id -u)" -eq 0 ]; then
  mkdir small owned
  if mount -t tmpfs -o size=2m tmpfs small 2>/dev/null; then
    started data || not_ok 'the server starts once more'
    if fogbell backup small/full.tar --data data 2>full.log; then not_ok 'a full disk is an error'; else ok 'a full disk is an error'; fi
    check 'which is named' grep -q 'ENOSPC' full.log
    is 'and leaves nothing' 0 "$(find small -type f | wc -l)"
    stopped TERM
    umount small
  fi
  chown nobody owned
  check 'root restores into the directory of another user' fogbell restore last.tar --data owned
  is 'who owns all of it' 0 "$(find owned ! -user nobody | wc -l)"
fi

# The units of docs/operations.md, as systemd reads them.
if command -v systemd-analyze >/dev/null; then
  mkdir units
  awk '/^```ini$/ {on = 1; next} /^```$/ {on = 0; name = ""} on && /^# \/etc\/systemd\/system\/fogbell-backup/ {sub(/.*\//, ""); name = $0; next} on && name {print > "units/" name}' "$root/docs/operations.md"
  sed -i "s|/usr/bin/fogbell|$root/bin/fogbell.js|" units/*.service
  is 'the page has a service and a timer' 'fogbell-backup.service fogbell-backup.timer' "$(cd units && echo *)"
  if systemd-analyze verify ./units/fogbell-backup.service ./units/fogbell-backup.timer 2>units.log; then ok 'systemd accepts both'; else not_ok "systemd accepts both: $(head -n 3 units.log)"; fi
  check 'the calendar of the timer' systemd-analyze calendar "$(sed -n 's/^OnCalendar=//p' units/fogbell-backup.timer)"
fi
finished=yes
