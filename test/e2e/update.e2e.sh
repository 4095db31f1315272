#!/usr/bin/env bash
# The main job with common clients: mosquitto_sub, mosquitto_pub and curl are the device; the fogbell command, and once curl alone, is the
# operator. Needs a built dist/, jq and openssl. Prints `ok …` and `not ok …` lines and
# ends with status 0 when all are ok. It starts its own server on free ports and leaves nothing behind.

set -uo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/checks.sh"

# ---------------------------------------------------------------- the server, on free ports

need mosquitto_sub mosquitto_pub mosquitto_rr curl jq openssl md5sum sha256sum

# A user for the operator, who may subscribe to everything and publish on ordinary topics.
jq -n --arg hash "$(echo operator-password | fogbell password)" '{mqtt: {users: [
  {username: "operator", passwordHash: $hash, publish: ["fogcloud/+/+/echo"], subscribe: ["fogcloud/#"]}]}}' >settings.json

start --mqtt-port 0 --firmware-port 0 --admin-port 0
ok 'the server starts'

# The clients' settings files name the port, so that the commands are those that users type. -W limits each wait.
port="$(jq -r '.mqtt[0]' data/fogbell.json | sed 's/.*://')"
printf -- '-p %s\n-W 30\n' "$port" | tee config/mosquitto_sub >config/mosquitto_rr
printf -- '-p %s\n' "$port" >config/mosquitto_pub
admin="$(jq -r .admin data/fogbell.json)/api/v1"

# api METHOD PATH [curl's own…]
api() { curl -sS -X "$1" -H "Authorization: Bearer $(<data/admin.token)" "$admin$2" "${@:3}"; }
# task ID JQ-CONDITION
task() { api GET "/tasks/$1" | jq -e "$2"; }
# json FILE JQ-PATH
json() { jq -r "$2" "$1"; }
# status URL [curl's own…]: the HTTP status of the answer.
status() { curl -s -o /dev/null -w '%{http_code}' "$@"; }
digest() { "$1" "$2" | cut -d' ' -f1; }

mosquitto_sub -i watcher -u operator -P operator-password -t 'fogcloud/#' -F '%r %q %t %p' -W 170 >watched.log &

# ---------------------------------------------------------------- README walkthrough: begin
# As in README.md, in its order. There `fogbell serve` runs with its default ports, and mosquitto_sub in a terminal of its own.

# The device reports its version. The first password that a new name sends is bound to it.
mosquitto_pub -i dev1 -u 'dev1&demo' -P device-password -q 1 -t fogcloud/demo/dev1/thing/up/ota \
  -m '{"id":1,"version":"1.0","method":"version.post","params":{"module":"default","version":"1.0.0"}}'

# It listens for one message.
mosquitto_sub -i dev1 -u 'dev1&demo' -P device-password -q 1 -t fogcloud/demo/dev1/thing/down/ota -C 1 >told.json &
told=$!

# The operator starts an update to version 1.1.0.
head -c 1000000 /dev/urandom >firmware.bin
fogbell push firmware.bin --product demo --version 1.1.0
wait "$told"

# The device downloads the image. The connection breaks half way, and the download resumes there.
jq . told.json
curl -sS -o new.bin -r 0-499999 "$(jq -r .params.url told.json)"
mosquitto_pub -i dev1 -u 'dev1&demo' -P device-password -q 1 -t fogcloud/demo/dev1/thing/up/ota \
  -m '{"id":2,"version":"1.0","method":"upgrade.post","params":{"module":"default","step":50,"desc":"","task_id":"1"}}'
fogbell task show 1
curl -sS -o new.bin -C - "$(jq -r .params.url told.json)"
md5sum new.bin
jq -r .params.sign told.json

# It reports the new version: only this makes the update a success.
mosquitto_pub -i dev1 -u 'dev1&demo' -P device-password -q 1 -t fogcloud/demo/dev1/thing/up/ota \
  -m '{"id":3,"version":"1.0","method":"version.post","params":{"module":"default","version":"1.1.0"}}'
fogbell task list
fogbell device show demo/dev1
# ---------------------------------------------------------------- README walkthrough: end

is 'the message is a firmware.post' 'firmware.post 1.0 number' "$(json told.json '"\(.method) \(.version) \(.id | type)"')"
is 'it names version, module and task' '1.1.0 default 1 ""' "$(json told.json '.params | "\(.version) \(.module) \(.task_id) \(.description | tojson)"')"
is 'it has the size of the file' 1000000 "$(json told.json .params.size)"
is 'its sign is the MD5 of the file' "MD5 $(digest md5sum firmware.bin)" "$(json told.json '.params | "\(.sign_method) \(.sign)"')"
is 'its checksum is the sum of the bytes' \
  "$(node -e 'let sum = 0; for (const byte of fs.readFileSync("firmware.bin")) sum = (sum + byte) >>> 0
    const four = Buffer.alloc(4); four.writeUInt32LE(sum); console.log(four.toString("hex"))')" "$(json told.json .params.checksum)"
check 'the parts together are the file' cmp new.bin firmware.bin
is 'the package has the SHA-256 of the file' "$(digest sha256sum firmware.bin)" "$(fogbell firmware show 1 --json | jq -r .sha256)"
check 'progress was seen' task 1 '.step == 50 and ([.history[].state] | index("in_progress")) != null'
check 'the task succeeded, with every byte counted once' task 1 '.state == "succeeded" and .bytes == 1000000 and .from == "1.0.0"'
is 'the device runs the new version' '1.1.0 first-use' "$(fogbell device show demo/dev1 --json | jq -r '"\(.modules.default.version) \(.credential)"')"
is 'the campaign continues for devices that appear later' 'running 1' \
  "$(fogbell campaign show 1 --json | jq -r '"\(.status) \(.counts.succeeded)"')"
check 'another password is refused' eval '! mosquitto_pub -i dev1 -u "dev1&demo" -P other -q 1 -t fogcloud/demo/dev1/x -m x'

# ---------------------------------------------------------------- the devices of the other scenes

# up PRODUCT NAME METHOD PARAMS [mosquitto_pub's own…]: a report, acknowledged.
up() {
  mosquitto_pub -i "$2" -u "$2&$1" -P "password-of-$2" -q 1 -t "fogcloud/$1/$2/thing/up/ota" \
    -m "{\"id\":5,\"version\":\"1.0\",\"method\":\"$3\",\"params\":$4}" "${@:5}"
}
# down PRODUCT NAME TOPIC [mosquitto_sub's own…]: receives one message.
down() { mosquitto_sub -i "$2" -u "$2&$1" -P "password-of-$2" -q 1 -t "fogcloud/$1/$2/$3" -C 1 "${@:4}"; }
# gets_only_echo WHAT PRODUCT/NAME MOSQUITTO_SUB'S-OWN…: the first message it receives is one that an operator publishes now on another topic.
gets_only_echo() {
  mosquitto_sub "${@:3}" -q 1 -t "fogcloud/$2/#" -C 1 -v >heard.txt &
  local listener=$!
  within 20 echoed "$listener" "fogcloud/$2/echo"
  is "$1" "fogcloud/$2/echo now" "$(<heard.txt)"
}
echoed() {
  mosquitto_pub -i speaker -u operator -P operator-password -t "$2" -m now
  gone "$1"
}

# ---------------------------------------------------------------- a device with a secret; the operator's side by curl alone

head -c 3000000 /dev/urandom >second.bin
fogbell device add lamp/l1 --secret 0123456789abcdef0123456789abcdef >/dev/null
password="$(printf 'clientIdlamp&l1deviceNamel1productKeylamp' | openssl dgst -sha1 -hmac 0123456789abcdef0123456789abcdef -r | cut -d' ' -f1)"
signed=(-i 'lamp&l1|signmethod=hmacsha1,authType=1|' -u 'l1&lamp' -P "$password" -q 1)
# lamp_up METHOD PARAMS
lamp_up() {
  mosquitto_pub "${signed[@]}" -t fogcloud/lamp/l1/thing/up/ota -m "{\"id\":5,\"version\":\"1.0\",\"method\":\"$1\",\"params\":$2}"
}
check 'a device signs its password by HMAC-SHA1' lamp_up version.post '{"version":"1.0.0","module":"mcu"}'
check 'a wrong signature is refused' eval '! mosquitto_pub "${signed[@]}" -P "${password/[0-9]/x}" -t fogcloud/lamp/l1/x -m x'

mosquitto_sub "${signed[@]}" -t fogcloud/lamp/l1/thing/down/ota -C 1 >lamp.json &
told=$!
firmware="$(api PUT '/firmware?product=lamp&module=mcu&version=2.0.0&signMethod=SHA256&description=night%20light' -T second.bin | jq -r .id)"
campaign="$(api POST /campaigns -H 'Content-Type: application/json' -d "{\"firmware\":\"$firmware\",\"start\":true,\"target\":{\"devices\":[\"lamp/l1\"]}}" | jq -r .id)"
wait "$told"
is 'SHA256 if the package says so' "SHA256 $(digest sha256sum second.bin) night light" \
  "$(json lamp.json '.params | "\(.sign_method) \(.sign) \(.description)"')"
lamp="$(json lamp.json .params.task_id)"
url="$(json lamp.json .params.url)"
check 'notified, and not yet in progress' task "$lamp" '.state == "notified" and .bytes == 0'

# head ends after a third of it, and curl with it.
curl -s "$url" | head -c 1000000 >lamp.bin
is 'a download breaks off' 23 "${PIPESTATUS[0]}"
soon 'the first byte makes it in progress, without any report' task "$lamp" '.state == "in_progress" and .step == null and .bytes > 0'
is 'the rest is asked for by Range' 206 "$(curl -sS -o lamp.bin -C - -w '%{http_code}' "$url")"
is 'both parts together have the SHA-256' "$(json lamp.json .params.sign)" "$(digest sha256sum lamp.bin)"
is 'the link answers HEAD with the size' 3000000 "$(curl -sSI "$url" | tr -d '\r' | sed -n 's/^Content-Length: //Ip')"
is 'a start beyond the end is 416' 416 "$(status -r 3000000- "$url")"
is 'an altered link is refused' 403 "$(status "${url%?}x")"
for step in 10 60 100; do lamp_up upgrade.post "{\"step\":$step,\"desc\":\"\",\"module\":\"mcu\",\"task_id\":\"$lamp\"}"; done
check 'step 100 is no success yet' task "$lamp" '.state == "in_progress" and .step == 100'
lamp_up version.post '{"version":"2.0.0","module":"mcu"}'
is 'the reported version is' 'succeeded 3000000' "$(api GET "/tasks/$lamp" | jq -r '"\(.state) \(.bytes)"')"
soon 'and ends the campaign' eval "api GET /campaigns/$campaign | jq -e '.status == \"completed\" and .counts.succeeded == 1'"

# ---------------------------------------------------------------- devices that are offline at the push

up meter plain version.post '{"version":"1.0.0"}'
up meter wild version.post '{"version":"1.0.0"}'
down meter kept thing/down/ota -c -E
for name in plain wild kept never; do named+=(--device "$name"); done
fogbell push firmware.bin --product meter --version 3.0.0 "${named[@]}" >/dev/null
is 'all wait: they are offline' '4 offline' "$(fogbell task list --state queued --json | jq -rs 'flatten | "\(length) \(map(.reason) | unique | join(","))"')"

# update PRODUCT NAME VERSION FILE: what a notified device does.
update() {
  local id
  id="$(json "$4" .params.task_id)"
  curl -sS -o fetched.bin "$(json "$4" .params.url)"
  check "$2: the file is whole" cmp fetched.bin firmware.bin
  up "$1" "$2" upgrade.post "{\"step\":100,\"task_id\":\"$id\"}"
  up "$1" "$2" version.post "{\"version\":\"$3\"}"
  check "$2: succeeded" task "$id" ".device == \"$1/$2\" and .state == \"succeeded\""
}
down meter plain thing/down/ota >plain.json
update meter plain 3.0.0 plain.json
down meter wild '#' >wild.json
update meter wild 3.0.0 wild.json
down meter never 'thing/+/ota' >never.json
update meter never 3.0.0 never.json
# It subscribes to another topic only: the session restores the subscription from before the push.
down meter kept else -c >kept.json
is 'a restored subscription gets it' firmware.post "$(json kept.json .method)"
update meter kept 3.0.0 kept.json

# ---------------------------------------------------------------- a gateway and its sub-devices

sub() { printf '"identity":{"product_key":"node","device_name":"%s"}' "$1"; }
up site gw sub.version.post "[{$(sub n1),\"version\":\"1\"},{$(sub n2),\"version\":\"1\",\"module\":\"default\"}]"
fogbell push second.bin --product node --version 6.0.0 --once >/dev/null
down site gw thing/down/ota >nodes.json
is 'a gateway is notified of its sub-devices in one message' 'sub.firmware.post n1,n2' \
  "$(json nodes.json '"\(.method) \([.params[].identity.device_name] | join(","))"')"
for at in 0 1; do
  curl -sS -o fetched.bin "$(json nodes.json ".params[$at].url")"
  check "the file of sub-device $at is whole" cmp fetched.bin second.bin
done
second="$(json nodes.json '.params[1].task_id')"
up site gw sub.upgrade.post "[{$(sub n2),\"step\":\"70\",\"task_id\":\"$second\"}]"
check 'its progress is seen' task "$second" '.device == "node/n2" and .step == 70'
up site gw sub.version.post "[{$(sub n1),\"version\":\"6.0.0\"},{$(sub n2),\"version\":\"6.0.0\"}]"
is 'both succeeded' 'node/n1 succeeded,node/n2 succeeded' \
  "$(api GET '/tasks?state=succeeded' | jq -r '[.items[] | select(.device | startswith("node/")) | "\(.device) \(.state)"] | join(",")')"

# ---------------------------------------------------------------- a device that asks

firmware="$(fogbell firmware add firmware.bin --product asking --version 4.0.0 --json | jq -r .id)"
fogbell campaign create --firmware "$firmware" --continuous --no-push --start >/dev/null
# ask ID: the answer to a firmware.get with that id, as JSON.
ask() {
  mosquitto_rr -V mqttv311 -i asker -u 'asker&asking' -P password-of-asker -q 1 -t fogcloud/asking/asker/thing/up/ota \
    -e fogcloud/asking/asker/thing/down/ota -m "{\"id\":$1,\"version\":\"1.0\",\"method\":\"firmware.get\",\"params\":{}}"
}
up asking asker version.post '{"version":"1.0.0"}'
ask 4294967295 >asked.json
is 'the answer has the id of the request' 'firmware.post 4294967295' "$(json asked.json '"\(.method) \(.id)"')"
ask '"a7"' >again.json
is 'with the type of the request' '"a7"' "$(jq -c .id again.json)"
is 'and the same task again' "$(json asked.json .params.task_id)" "$(json again.json .params.task_id)"
update asking asker 4.0.0 again.json

# ---------------------------------------------------------------- canceled

up gone once version.post '{"version":"1.0.0"}'
down gone once thing/down/ota -c -E
fogbell push firmware.bin --product gone --version 5.0.0 --once >/dev/null
down gone once thing/down/ota -c >once.json
url="$(json once.json .params.url)"
is 'the link of an open task answers' 200 "$(status "$url")"
up gone once upgrade.post '{"step":-2,"desc":"no room"}'
check 'a failure has the text of the device' task "$(json once.json .params.task_id)" '.state == "failed" and .code == -2 and .desc == "no room"'
is 'the link of a failed task still answers' 200 "$(status "$url")"
fogbell push second.bin --product gone --version 5.1.0 --once >/dev/null
down gone once thing/down/ota -c >once.json
url="$(json once.json .params.url)"
check 'a task is canceled' fogbell task cancel "$(json once.json .params.task_id)"
is 'the link of a canceled task answers 410' 410 "$(status "$url")"

# ---------------------------------------------------------------- nothing is retained, nothing is queued

fogbell push second.bin --product gone --version 5.2.0 --once --json >pushed.json
check 'a push to a device that is offline, and its end' fogbell campaign cancel "$(json pushed.json .campaign.id)"
gets_only_echo 'a device that reconnects to its session gets nothing old' gone/once -i once -u 'once&gone' -P password-of-once -c
gets_only_echo 'nothing is retained on the down topic for a device' meter/plain -i plain -u 'plain&meter' -P password-of-plain
gets_only_echo 'nor for an operator' meter/plain -i late -u operator -P operator-password
is 'a subscribed operator gets every push, at QoS 0 and not retained' '0 0' "$(grep '/thing/down/' watched.log | cut -d' ' -f1,2 | sort -u)"
check 'and every report' grep -q '/thing/up/ota .*version.post' watched.log

# ---------------------------------------------------------------- the end

kill -TERM "$server"
check 'it stops on SIGTERM' within 10 gone "$server"
wait "$server"
is 'with status 0' 0 $?
check 'and removes fogbell.json' test ! -e data/fogbell.json
server=''
finished=yes
