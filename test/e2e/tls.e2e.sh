#!/usr/bin/env bash
# Certificates that `fogbell certs` makes, with the tools that others check them by: openssl, curl, mosquitto. A real server with TLS on all
# listeners, devices that come in by certificate, an update over HTTPS, a reload by SIGHUP, a new token.

set -u
# shellcheck source=test/e2e/checks.sh
source "$(dirname "${BASH_SOURCE[0]}")/checks.sh"
need openssl curl mosquitto_pub mosquitto_sub jq

fogbell certs init --dir tls >init.txt
fogbell certs server --dir tls --name localhost --name 127.0.0.1 >server.txt
fogbell certs device lamp/l7 --dir tls >device.txt
fogbell certs device lamp/other --dir tls >/dev/null
check 'openssl verifies the server and the device' openssl verify -CAfile tls/ca.crt -x509_strict tls/server.crt tls/devices/lamp/l7.crt
is 'keys are for their owner only' '600 600 600' "$(stat -c %a tls/ca.key tls/server.key tls/devices/lamp/l7.key | xargs)"
if fogbell certs init --dir tls 2>again.txt; then not_ok 'an authority is never overwritten'; else ok 'an authority is never overwritten'; fi

pair='"cert": {"file": "tls/server.crt"}, "key": {"file": "tls/server.key"}'
cat >settings.json <<END
{ "dataDir": "data",
  "mqtt": { "listeners": [
    { "url": "mqtts://127.0.0.1:0", $pair, "ca": { "file": "tls/ca.crt" }, "requestCert": true },
    { "url": "mqtts://127.0.0.1:0", $pair },
    { "url": "mqtt://127.0.0.1:0" } ] },
  "devices": { "enrolment": "closed" },
  "firmware": { "listen": { "host": "127.0.0.1", "port": 0 }, "tlsListen": { "host": "127.0.0.1", "port": 0 }, $pair },
  "admin": { "listen": { "host": "127.0.0.1", "port": 0 }, $pair } }
END
check 'the settings are valid' fogbell serve --config settings.json --check
cp tls/devices/lamp/l7.key wrong.key
jq '.admin.key.file = "wrong.key"' settings.json >wrong.json
fogbell serve --config wrong.json --check 2>wrong.txt
check 'a key of another certificate is named with both files' grep -q 'server.crt and .*wrong.key cannot be used together' wrong.txt
openssl pkey -in tls/server.key -aes256 -passout pass:x -out encrypted.key 2>/dev/null
jq '.firmware.key.file = "encrypted.key"' settings.json >encrypted.json
fogbell serve --config encrypted.json --check 2>encrypted.txt
check 'an encrypted key is named with the remedy' grep -q 'encrypted.key is encrypted.*openssl pkey' encrypted.txt

start
port() { jq -r "$1" data/fogbell.json | sed 's/.*://; s/[^0-9].*//'; }
mqtt="$(port '.mqtt[0]')" open="$(port '.mqtt[1]')" firmware="$(port .firmwareTls)" admin="$(port .admin)"
check 'the command on this machine needs no authority' fogbell device list
check 'curl verifies the API by the authority' curl -fsS --cacert tls/ca.crt "https://127.0.0.1:$admin/healthz"
if curl -fsS "https://127.0.0.1:$admin/healthz" 2>/dev/null; then not_ok 'without the authority it does not'; else ok 'without the authority it does not'; fi
export FOGBELL_CA="$PWD/tls/ca.crt"
check 'the command elsewhere takes FOGBELL_CA' fogbell device list --server "https://127.0.0.1:$admin" --token "$(cat data/admin.token)" --data nowhere
unset FOGBELL_CA

board=(--cafile tls/ca.crt -h 127.0.0.1 -p "$mqtt" -i l7 -u 'l7&lamp')
own=(--cert tls/devices/lamp/l7.crt --key tls/devices/lamp/l7.key)
report() { mosquitto_pub "${board[@]}" "$@" -q 1 -t fogcloud/lamp/l7/thing/up/ota -m '{"id":1,"version":"1.0","method":"version.post","params":{"version":"1.0.0"}}'; }
refused_for() { fogbell device why lamp/l7 --json 2>/dev/null | jq -e --arg r "$1" '.. | strings | select(contains($r))' || curl -fsS --cacert tls/ca.crt -H "Authorization: Bearer $(cat data/admin.token)" "https://127.0.0.1:$admin/api/v1/connections/refused" | jq -e --arg r "$1" '.items[] | select(.reason == $r)'; }
if report "${own[@]}"; then not_ok 'a device that was not added stays out where enrolment is closed'; else ok 'a device that was not added stays out where enrolment is closed'; fi
fogbell device add lamp/l7 >/dev/null
check 'a device with its certificate needs no password' report "${own[@]}"
if report --cert tls/devices/lamp/other.crt --key tls/devices/lamp/other.key; then not_ok 'another name is refused'; else ok 'another name is refused'; fi
soon '  and the reason is shown' refused_for certificate_other_name
report >/dev/null 2>&1
soon 'a client without a certificate is refused with the reason' refused_for certificate_missing

head -c 300000 /dev/urandom >image.bin
fogbell push image.bin --product lamp --version 2.0.0 >push.txt 2>&1
timeout 20 mosquitto_sub "${board[@]}" "${own[@]}" -q 1 -t fogcloud/lamp/l7/thing/down/ota -C 1 >offer.json
url="$(jq -r '.. | .url? // empty' offer.json | head -n 1)"
is 'the link of a device with TLS is https' "https://127.0.0.1:$firmware" "${url%%/d/*}"
check 'curl fetches it by the authority' curl -fsS --cacert tls/ca.crt -r 0-99999 -o part.bin "$url"
curl -fsS --cacert tls/ca.crt -C - -o part.bin "$url"
check '  and resumes it' cmp image.bin part.bin

serial() { openssl s_client -connect "127.0.0.1:$1" -CAfile tls/ca.crt </dev/null 2>/dev/null | openssl x509 -noout -serial; }
serials() { for one in "$open" "$firmware" "$admin"; do serial "$one"; done | sort -u; }
before="$(serials)"
renewed() { [ "$(serials)" = "$(openssl x509 -in tls/server.crt -noout -serial)" ] && [ "$(serials)" != "$before" ]; }
mosquitto_sub "${board[@]}" "${own[@]}" -t fogcloud/lamp/l7/thing/down/ota >/dev/null 2>&1 &
kept=$!
fogbell certs server --dir tls --name localhost --name 127.0.0.1 >/dev/null
kill -HUP "$server"
soon 'SIGHUP gives all listeners the new certificate' renewed
check '  and connections go on' kill -0 "$kept"
kill "$kept"
cp tls/server.crt good.crt
echo torn >tls/server.crt
kill -HUP "$server"
soon 'a broken file is named in an ERROR' grep -q 'ERROR.*not reloaded' serve.log
check '  with the file and its setting' grep -q 'server.crt' serve.log
cp good.crt tls/server.crt
check '  and the old certificate stays' renewed

old="$(cat data/admin.token)"
fogbell token rotate >token.txt
status() { curl -sS -o /dev/null -w '%{http_code}' --cacert tls/ca.crt -H "Authorization: Bearer $1" "https://127.0.0.1:$admin/metrics"; }
is 'the old token is refused, the new one in the file counts' '401 200' "$(status "$old") $(status "$(cat data/admin.token)")"
if grep -q "$(cat data/admin.token)" token.txt; then not_ok 'the new token is not shown'; else ok 'the new token is not shown'; fi
kill "$server"
soon 'the server stops' gone "$server"
server='' finished=yes
