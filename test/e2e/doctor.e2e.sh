#!/usr/bin/env bash
# `fogbell doctor` as a technician runs it: on a healthy server it finds nothing, and of ten faults that are planted for real it finds each,
# names the remedy, and no other fault. Needs a built dist/, jq, openssl, mosquitto's clients, setpriv and prlimit; the full disk and the wrong
# rights need root. Prints `ok …` and `not ok …` lines and ends with status 0 when all are ok.

set -uo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/checks.sh"

need jq openssl mosquitto_sub mosquitto_pub node

# What this machine may have by itself is no planted fault.
machine='["doctor_clock_unsynchronized", "doctor_disk_low"]'
# examine [FOGBELL'S-OWN…]: runs doctor; `status`, `wrong` (codes of what is neither ok nor left out), and report.json.
examine() {
  "${as[@]}" fogbell doctor --json --config settings.json --data data "$@" >report.json 2>doctor.err
  status=$?
  wrong="$(jq -r --argjson machine "$machine" '[.findings[] | select((.result == "warning" or .result == "fault")
    and (.code as $code | $machine | index($code) | not)) | "\(.result) \(.code)"] | unique | join(", ")' report.json)"
}
as=(env)
# finds WHAT WRONG [STATUS]: of the last report; every one of its findings has a remedy.
finds() {
  is "$1" "$2 ${3:-1}" "$wrong $status"
  check "  and says what to do" jq -e '[.findings[] | select((.result == "warning" or .result == "fault") and .remedy == null)] == []' report.json
}
text() { jq -r --arg code "$1" '[.findings[] | select(.code == $code)][0].text' report.json; }
# stop: ends the server.
stop() {
  kill "$server"
  wait "$server" 2>/dev/null
  server=''
}
free_port() { node -e 'const s = require("node:net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })'; }
# settings JQ: settings.json with free ports and few connections, changed by a filter of jq.
settings() {
  jq -n '{mqtt: {listeners: [{url: "mqtt://0.0.0.0:0"}], maxConnections: 100}, firmware: {listen: {host: "0.0.0.0", port: 0}, maxDownloads: 100},
    admin: {listen: {host: "127.0.0.1", port: 0}}}' | jq "$@" >settings.json
}

settings .
start
head -c 3000000 /dev/urandom >image.bin
check 'a package is there' fogbell firmware add image.bin --product lamp --version 2.0.0
image="data/images/$(fogbell firmware list --json | jq -r '.[0].sha256')"

fogbell doctor --data data --json >report.json
is 'the settings file of the running server is found' "$place/settings.json" "$(jq -r '.findings[] | select(.code == "doctor_settings_ok") | .params.file' report.json)"
before="$(find data -type f -exec sha256sum {} + | sort)"
examine
finds 'a healthy server has no fault' '' 0
is 'the test download arrives' ok "$(jq -r '.findings[] | select(.code == "doctor_firmware_ok") | .result' report.json)"
check 'MQTT answers' jq -e '.findings[] | select(.code == "doctor_mqtt_ok")' report.json
is 'it changes no file' "$before" "$(find data -type f -exec sha256sum {} + | sort)"

# ---------------------------------------------------------------- devices, with the running server

# board ADDRESS: one of two boards with the same name, which mosquitto_sub connects again whenever it is thrown off.
board() { exec mosquitto_sub -A "$1" -p "$port" -i twin -u 'twin&lamp' -P board-password -t fogcloud/lamp/twin/thing/down/ota -W 60; }
port="$(jq -r '.mqtt[0]' data/fogbell.json | sed 's/.*://')"
board 127.0.0.2 >/dev/null 2>&1 &
boards=("$!")
board 127.0.0.3 >/dev/null 2>&1 &
boards+=("$!")
twins() {
  examine --quick
  [[ "$wrong" == *doctor_devices_contended* ]]
}
soon 'two boards of one name are found' twins
finds 'two boards of one name' 'fault doctor_devices_contended'
is '  with their name' lamp/twin "$(jq -r '.findings[] | select(.code == "doctor_devices_contended") | .params.names[0]' report.json)"
kill "${boards[@]}"

mosquitto_pub -p "$port" -V mqttv5 -i five -t some/topic -m x >/dev/null 2>&1
mosquitto_pub -p "$port" -i thief -u 'twin&lamp' -P wrong-password -t some/topic -m x >/dev/null 2>&1
mosquitto_pub -p "$port" -i new -u 'new&lmap' -P any-password -q 1 -t fogcloud/lmap/new/thing/up/ota \
  -m '{"id":1,"version":"1.0","method":"version.post","params":{"version":"1.0.0"}}' >/dev/null 2>&1
examine --quick
check 'a client that asks for MQTT 5 is found' jq -e '.findings[] | select(.code == "doctor_refused_protocol" and .params.names == ["five (127.0.0.1)"])' report.json
check 'a device with a wrong password is found' jq -e '.findings[] | select(.code == "doctor_refused" and (.text | contains("lamp/twin")))' report.json
check 'a mistyped product is found, with the one that is meant' jq -e '.findings[] | select(.code == "doctor_product_unknown") | .remedy.params.near == "lamp"' report.json

if command -v prlimit >/dev/null; then
  prlimit --pid "$server" --nofile=150:150
  examine --quick
  check 'too few descriptors of the running server' test "$(jq -r '.findings[] | select(.area == "descriptors") | .code' report.json)" = doctor_descriptors_none
else not_ok 'prlimit is needed'; fi

kill -STOP "$server"
examine --quick
check 'a server that hangs is a fault' jq -e '.findings[] | select(.code == "doctor_server_silent" and .result == "fault")' report.json
kill -9 "$server"
wait "$server" 2>/dev/null
server=''
examine --quick
check 'a server that was killed is named' jq -e '.findings[] | select(.code == "doctor_server_gone")' report.json
rm -r data/fogbell.json

# ---------------------------------------------------------------- publicUrl

settings --arg url "http://127.0.0.1:$(free_port)" '.firmware.publicUrl = $url'
start
examine --quick
finds 'an unreachable publicUrl' 'fault doctor_public_unreachable, warning doctor_product_unknown'
check '  with a command to try from elsewhere' grep -q 'curl http://127.0.0.1:[0-9]*/d/0/' report.json
settings .
fogbell device rm lmap/new >rm.log
fogbell device rm lamp/twin >>rm.log
stop
examine
finds 'without a server, and without a fault' '' 0

# ---------------------------------------------------------------- files

# A copy of the data for each fault.
cp -a data sound
whole() { rm -rf data && cp -a sound data; }
# flip FILE OFFSET: changes one bit.
flip() { node -e 'const [file, at] = process.argv.slice(1), f = fs.openSync(file, "r+"), b = Buffer.alloc(1)
  fs.readSync(f, b, 0, 1, +at); b[0] ^= 1; fs.writeSync(f, b, 0, 1, +at)' "$1" "$2"; }

rm "$image"
examine
finds 'a missing image' 'fault doctor_image_missing'
whole
flip "$image" 2500000
examine
finds 'a flipped bit of an image' 'fault doctor_image_damaged'
is '  with its place' 2097152 "$(jq -r '.findings[] | select(.code == "doctor_image_damaged") | .params.at' report.json)"
whole
flip "$(find data/store -name '*.log')" 30
examine
finds 'a flipped bit of the store' 'fault doctor_log_damaged'
whole

# ---------------------------------------------------------------- the machine

taken="$(free_port)"
node -e 'require("node:net").createServer().listen(+process.argv[1], "127.0.0.1")' "$taken" &
taker=$!
settings --argjson port "$taken" '.admin.listen.port = $port'
listens() { node -e 'require("node:net").connect(+process.argv[1], "127.0.0.1").once("connect", () => process.exit(0))' "$taken"; }
soon 'another program listens' listens
examine
finds 'a taken port' 'fault doctor_port_taken'
check '  with who has it' grep -q "process $taker has it" report.json
kill "$taker"
settings .

bash -c 'ulimit -n 200; exec fogbell doctor --json --config settings.json --data data' >report.json
is 'too few descriptors' 'doctor_descriptors_none 1' "$(jq -r '.findings[] | select(.area == "descriptors") | .code' report.json) $(jq .counts.faults report.json)"

printf 'const now = Date.now\nDate.now = () => now() - 86400000\n' >behind.mjs
as=(env NODE_OPTIONS="--import=$place/behind.mjs")
examine
finds 'a clock behind' 'fault doctor_clock_behind_store'
as=(env)

mkdir ca
(cd ca && touch index.txt && echo 01 >serial && printf '%s\n' '[ca]' 'default_ca = d' '[d]' 'database = index.txt' 'serial = serial' \
  'new_certs_dir = .' 'default_md = sha256' 'policy = p' '[p]' 'commonName = supplied' >ca.cnf &&
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out csr.pem -subj /CN=localhost &&
  openssl ca -batch -config ca.cnf -selfsign -keyfile key.pem -in csr.pem -out cert.pem -notext -startdate 20240101000000Z \
    -enddate 20250101000000Z) >/dev/null 2>&1
settings '.admin.cert = {file: "ca/cert.pem"} | .admin.key = {file: "ca/key.pem"}'
examine
check 'an expired certificate' test "$(jq -r '[.findings[] | select(.result == "fault") | .code] | join(" ")' report.json) $status" = 'doctor_certificate_expired 1'
check '  with its end' grep -q '2025-01-01T00:00:00' report.json
settings .

# ---------------------------------------------------------------- what only root can plant

if [ "$(id -u)" -eq 0 ]; then
  chmod 755 "$place"
  chown -R 65534 data
  examine
  finds 'rights as they have to be' '' 0
  chown 0 data/store/CURRENT
  examine
  finds 'wrong rights: a file of another user' 'fault doctor_rights_foreign'
  chmod o+rx data && chmod o+r data/admin.token
  examine
  finds 'and a token that everybody may read' 'fault doctor_rights_exposed, fault doctor_rights_foreign'
  chown -R 0 data
  chmod 700 data
  as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
  examine
  is 'a user who may not look is told whom to ask' "0 sudo -u root fogbell doctor --data $place/data" \
    "$status $(jq -r '[.findings[] | select(.remedy != null) | .remedy.text][0] | capture("`(?<command>[^`]*)`").command' report.json)"
  as=(env)
  full() {
    unshare -m bash -c 'mkdir full && mount -t tmpfs -o size=8m,mode=700 tmpfs full && cp -a data/. full/ &&
      { head -c 100000000 /dev/zero >full/fill 2>/dev/null || true; } && fogbell doctor --json --config settings.json --data full' >report.json
  }
  if unshare -m true 2>/dev/null; then
    full
    is 'a full disk' doctor_disk_full "$(jq -r '[.findings[] | select(.result == "fault") | .code] | join(" ")' report.json)"
  else not_ok 'unshare -m is not permitted here: the full disk cannot be planted'; fi
fi

fogbell doctor --config settings.json --data data --no-such >/dev/null 2>&1
is 'wrong usage is status 2' 2 "$?"
fogbell doctor --server http://127.0.0.1:9 >/dev/null 2>&1
is 'a server elsewhere that does not answer is status 3' 3 "$?"
finished=yes
