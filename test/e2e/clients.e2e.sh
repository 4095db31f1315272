#!/usr/bin/env bash
# Common MQTT clients on ordinary topics: mosquitto_pub and mosquitto_sub, Paho for Python, MQTT.js. QoS 0, 1 and 2, retained
# messages, wills, sessions that survive a stop and a kill -9 of the server, TLS, WebSocket, large messages, MQTT 5 refused, $SYS.
# Needs a built dist/, jq and openssl. Prints `ok …` and `not ok …` lines and ends with status 0 when all are ok.

set -uo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source-path=SCRIPTDIR
. "$here/checks.sh"

need mosquitto_sub mosquitto_pub curl jq openssl node
python=''
for each in python3 /usr/bin/python3; do
  if [ -z "$python" ] && "$each" -c 'import paho.mqtt.client' 2>/dev/null; then python="$each"; fi
done
if [ -z "$python" ]; then not_ok 'python3-paho-mqtt is needed'; fi

# ---------------------------------------------------------------- the server, stopped and killed on the same ports

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' \
  -keyout mqtt.key -out mqtt.crt 2>/dev/null
hash="$(echo operator-password | fogbell password)"
# settings PORT PORT PORT
settings() {
  jq -n --arg hash "$hash" --arg tcp "mqtt://127.0.0.1:$1" --arg tls "mqtts://127.0.0.1:$2" --arg ws "ws://127.0.0.1:$3/mqtt" '{mqtt: {
    listeners: [{url: $tcp}, {url: $tls, cert: {file: "mqtt.crt"}, key: {file: "mqtt.key"}}, {url: $ws}],
    users: [{username: "operator", passwordHash: $hash, publish: ["#"], subscribe: ["#", "$SYS/#"]}]}}' >settings.json
}
run() { start --host 127.0.0.1 --firmware-port 0 --admin-port 0; }
settings 0 0 0
run
ok 'the server starts'
read -r tcp tls ws < <(jq -r '.mqtt | map(capture(":(?<port>[0-9]+)(/|$)").port) | join(" ")' data/fogbell.json)
settings "$tcp" "$tls" "$ws"
# again [SIGNAL [PID]]: stops the server, with -KILL by kill -9, and starts it. A client of that PID ends between the two: mosquitto_sub connects
# again after a second, and would be a client of the new server.
again() {
  kill "${1:--TERM}" "$server"
  wait "$server" 2>/dev/null
  local status=$?
  if [ -n "${2:-}" ]; then kill -KILL "$2"; fi
  run
  return "$status"
}

operator=(-h 127.0.0.1 -V mqttv311 -u operator -P operator-password)
# pub TOPIC TEXT MOSQUITTO_PUB'S-OWN…
pub() { mosquitto_pub "${operator[@]}" -p "$tcp" -t "$1" -m "$2" "${@:3}"; }
# empty TOPIC: deletes the retained message.
empty() { mosquitto_pub "${operator[@]}" -p "$tcp" -t "$1" -n -r -q 1; }
# sub MOSQUITTO_SUB'S-OWN…: prints topic, QoS, retain and payload.
sub() { mosquitto_sub "${operator[@]}" -p "$tcp" -W 20 -F '%t %q %r %p' "$@"; }
# listen FILE MOSQUITTO_SUB'S-OWN…: in the background, into FILE; subscribed when it returns. Sets `listener`.
listen() {
  stdbuf -oL mosquitto_sub "${operator[@]}" -p "$tcp" -W 30 -d -F '%t %q %r %p' "${@:2}" >"$1.all" &
  listener=$!
  within 10 grep -q 'received SUBACK' "$1.all" || not_ok "$1 is subscribed"
}
# heard FILE: its output, after it has ended.
heard() {
  # This runs in a substitution, where bash's own `wait` does not know the listener and returns at once.
  within 35 gone "$listener" || not_ok "mosquitto_sub of $1 ends"
  grep -Ev '^(Client|Subscribed)' "$1.all"
}

# ---------------------------------------------------------------- mosquitto: QoS, retained, wills

for qos in 0 1 2; do
  listen "qos$qos" -q "$qos" -t "m/$qos/#" -C 3
  for sent in 0 1 2; do pub "m/$qos/x" "$sent" -q "$sent"; done
  is "mosquitto: subscribed at QoS $qos, sent at 0, 1 and 2" \
    "$(for sent in 0 1 2; do echo "m/$qos/x $((sent < qos ? sent : qos)) 0 $sent"; done)" "$(heard "qos$qos")"
done

listen live -q 1 -t m/kept -C 1
pub m/kept first -q 1 -r
is 'mosquitto: a live message has no retain flag' 'm/kept 1 0 first' "$(heard live)"
pub m/kept second -q 2 -r
is 'mosquitto: a later subscriber gets the newest one with the flag' 'm/kept 2 1 second' "$(sub -q 2 -t m/kept -C 1)"
again -KILL
is 'mosquitto: and after a kill -9' 'm/kept 1 1 second' "$(sub -q 1 -t m/kept -C 1)"
empty m/kept
listen cleared -q 1 -t 'm/kept/#' -C 1
pub m/kept/echo now -q 1
is 'mosquitto: an empty message deletes it' 'm/kept/echo 1 0 now' "$(heard cleared)"

# dying FILE MOSQUITTO_SUB'S-OWN…: a client with a will on m/will.
dying() { listen "$1" -t m/nothing --will-topic m/will --will-qos 1 --will-payload "$1" "${@:2}"; }
sub -q 1 -t m/will -C 1 >will.txt &
watcher=$!
dying orderly
kill -TERM "$listener"
wait "$listener"
dying sudden
kill -KILL "$listener"
wait "$watcher"
is 'mosquitto: a killed client has a will, one that disconnects has none' 'm/will 1 0 sudden' "$(<will.txt)"

# ---------------------------------------------------------------- sessions that survive a stop and a kill -9

sub -i keeper -c -q 2 -t 'm/stays/#' -t m/will -E >/dev/null
if [ -n "$python" ]; then "$python" "$here/clients-paho.py" go "$tcp"; fi
node "$here/clients-mqttjs.mjs" go "mqtt://127.0.0.1:$tcp"
for n in 1 2 3; do pub m/stays/a "$n" -q "$((n % 3))"; done
again
is 'a stop ends with status 0' 0 $?
if [ -n "$python" ]; then "$python" "$here/clients-paho.py" tell "$tcp"; fi
node "$here/clients-mqttjs.mjs" tell "mqtt://127.0.0.1:$tcp"
for n in 4 5; do pub m/stays/b "$n" -q 2; done
dying crashed
again -KILL "$listener"
pub m/stays/a 6 -q 1
# mosquitto_sub prints a message of QoS 2 when it is released, so each QoS is checked separately.
sub -i keeper -c -q 2 -t m/else -C 6 >waited.txt
is 'mosquitto: waiting QoS 1 messages arrive in order, and the will of a client that was connected at a crash' \
  'm/stays/a 1 0 1,m/will 1 0 crashed,m/stays/a 1 0 6' "$(grep ' 1 0 ' waited.txt | paste -sd,)"
is 'mosquitto: and at QoS 2; what was sent at QoS 0 did not wait' 'm/stays/a 2 0 2,m/stays/b 2 0 4,m/stays/b 2 0 5' \
  "$(grep ' 2 0 ' waited.txt | paste -sd,)"
again -KILL
pub m/stays/a now -q 1
is 'mosquitto: and once' 'm/stays/a 1 0 now' "$(sub -i keeper -c -q 2 -t m/else -C 1)"

# ---------------------------------------------------------------- TLS, large messages

listen tls -q 1 -t m/tls -C 1
mosquitto_pub "${operator[@]}" -p "$tls" --cafile mqtt.crt -t m/tls -m 'by TLS' -q 1
is 'mosquitto: over TLS' 'm/tls 1 0 by TLS' "$(heard tls)"
check 'mosquitto: another certificate is refused' eval \
  '! mosquitto_pub "${operator[@]}" -p "$tls" --capath /etc/ssl/certs -t m/tls -m x -q 1'

head -c 204800 /dev/urandom >large.bin
for qos in 0 1 2; do
  mosquitto_sub "${operator[@]}" -p "$tcp" -W 20 -N -q "$qos" -t m/large -C 1 >large.out &
  listener=$!
  # Retained, so that the order of the two does not matter.
  mosquitto_pub "${operator[@]}" -p "$tcp" -t m/large -q "$qos" -r -f large.bin
  wait "$listener"
  check "mosquitto: 200 KiB at QoS $qos" cmp large.bin large.out
done
empty m/large

# ---------------------------------------------------------------- Paho and MQTT.js

# ride COMMAND…: kills and starts the server when it prints `riding`.
ride() {
  "$@" ride "$ride" >ride.txt &
  local rider=$!
  if within 20 grep -qs riding ride.txt; then again -KILL; fi
  wait "$rider"
  grep -v '^riding$' ride.txt
}

if [ -n "$python" ]; then
  "$python" "$here/clients-paho.py" talk "$tcp" "$ws"
  "$python" "$here/clients-paho.py" come "$tcp"
  ride="$tcp" ride "$python" "$here/clients-paho.py"
fi
node "$here/clients-mqttjs.mjs" talk "mqtt://127.0.0.1:$tcp" "ws://127.0.0.1:$ws/mqtt"
node "$here/clients-mqttjs.mjs" come "mqtt://127.0.0.1:$tcp"
ride="mqtt://127.0.0.1:$tcp" ride node "$here/clients-mqttjs.mjs"

# ---------------------------------------------------------------- MQTT 5, $SYS

check 'mosquitto: MQTT 5 is refused' eval \
  '! mosquitto_pub -h 127.0.0.1 -V mqttv5 -p "$tcp" -u operator -P operator-password -t m/five -m x -q 1'
is 'by CONNACK 1' 20020001 "$(node -e '
  const socket = net.connect(+process.argv[1], "127.0.0.1", () => socket.write(Buffer.from("101000044d5154540502003c000003666976", "hex").fill(0, 16)))
  socket.on("data", (bytes) => console.log(bytes.toString("hex")))' "$tcp")"
check 'with a clear message' grep -q 'requested MQTT 5, which is not supported; set the client to MQTT 3.1.1' serve.log

is 'the broker publishes its version to permitted clients' "\$SYS/broker/version 0 1 fogbell version $(fogbell --version)" \
  "$(sub -t '$SYS/broker/version' -C 1)"
is 'not to a subscription of all topics' 'm/echo 1 0 now' "$(listen all -q 1 -t '#' -C 1 && pub m/echo now -q 1 && heard all)"
device=(-h 127.0.0.1 -V mqttv311 -p "$tcp" -i d1 -u 'd1&prod' -P secret)
check 'a device may not subscribe to it' eval 'mosquitto_sub "${device[@]}" -W 5 -t "\$SYS/#" -C 1 2>&1 | grep -q "denied"'
sub -t '$SYS/broker/clients/connected' -C 2 >connected.txt &
listener=$!
mosquitto_pub "${device[@]}" -t '$SYS/broker/clients/connected' -m 4711 -q 1
wait "$listener"
check 'and no client may publish there' eval '! grep -q 4711 connected.txt && pub "\$SYS/broker/version" forged -r -q 1 &&
  ! sub -t "\$SYS/broker/version" -C 1 | grep -q forged'

kill -TERM "$server"
check 'it stops on SIGTERM' within 10 gone "$server"
server=''
finished=yes
