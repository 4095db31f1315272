#!/usr/bin/env bash
# Finding the server on the local network, as another machine does: two network namespaces, joined by two links, of which the second has no
# default route. Looks with the command and with python-zeroconf, a client of its own kind. Needs a built dist/, root (or sudo), ip, jq and
# python3-zeroconf. Prints `ok …` and `not ok …` lines and ends with status 0 when all are ok.

set -uo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/checks.sh"

need ip jq node

root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi; }
here="fogbell-s$$" there="fogbell-d$$"
# shellcheck disable=SC2329 # called by the trap
end() {
  local code=$?
  for name in "$here" "$there"; do
    root ip netns pids "$name" 2>/dev/null | xargs -r kill 2>/dev/null
    root ip netns del "$name" 2>/dev/null
  done
  return $code
}
trap 'end; leave' EXIT
# Containers mostly may not. What is left to see is that a server that announces itself starts and ends.
if ! root ip netns add "$here" || ! root ip netns add "$there"; then
  printf 'NOT TRIED: this machine makes no network namespaces, so nobody else can look for the server\n'
  fogbell serve --mqtt-port 0 --firmware-port 0 --admin-port 0 >>serve.log 2>&1 &
  server=$!
  check 'a server on all addresses starts' within 30 test -e data/fogbell.json
  kill -TERM "$server"
  check 'and ends' within 10 gone "$server"
  server=''
  finished=yes
  exit
fi
for name in "$here" "$there"; do root ip -n "$name" link set lo up; done
for net in 1 2; do
  root ip link add "veth$net" netns "$here" type veth peer name "veth$net" netns "$there"
  root ip -n "$here" addr add "10.99.$net.1/24" dev "veth$net"
  root ip -n "$there" addr add "10.99.$net.2/24" dev "veth$net"
  for name in "$here" "$there"; do root ip -n "$name" link set "veth$net" up; done
done
root ip -n "$here" route add default via 10.99.1.2
server_side() { root ip netns exec "$here" env PATH="$PATH" "$@"; }
device_side() { root ip netns exec "$there" env PATH="$PATH" HOME="$place" "$@"; }

serve() {
  server_side fogbell serve --mqtt-port 1883 --firmware-port 8070 --admin-port 8080 "$@" >>serve.log 2>&1 &
  server=$!
  within 30 test -e data/fogbell.json
}
look() { device_side fogbell discover --json --seconds 2; }

check 'the server starts on all addresses' serve
is_found() { [ "$(look | jq length)" = 1 ]; }
soon 'another machine finds it' is_found
found="$(look)"
is 'with the port of MQTT' 1883 "$(jq -r '.[0].mqtt[0]' <<<"$found" | sed 's/.*://')"
is 'and all its addresses' '10.99.1.1 10.99.2.1' "$(jq -r '[.[0].addresses[] | select(test("^10"))] | sort | join(" ")' <<<"$found")"
check 'the API is reached by the address that was found' device_side curl -fsS "$(jq -r '.[0].admin' <<<"$found")/healthz"

cat >browse.py <<'P'
import sys, time
from zeroconf import IPVersion, ServiceBrowser, Zeroconf
zeroconf, names = Zeroconf(interfaces=[sys.argv[2]], ip_version=IPVersion.V4Only), []
class Listener:
    def add_service(self, zc, kind, name):
        info = zc.get_service_info(kind, name, 3000)
        if info: names.append('%s %s %s' % (info.port, ','.join(sorted(info.parsed_addresses(IPVersion.V4Only))), info.properties.get(b'version', b'').decode()))
    def update_service(self, *_): pass
    def remove_service(self, *_): names.append('gone')
ServiceBrowser(zeroconf, sys.argv[1], Listener())
end = time.time() + float(sys.argv[3])
while time.time() < end and 'gone' not in names: time.sleep(0.1)
zeroconf.close()
print('\n'.join(names))
P
version="$(jq -r .version "$root/package.json")"
browse() { device_side /usr/bin/python3 browse.py "$@"; }
is 'python-zeroconf finds the broker on the first link' "1883 10.99.1.1,10.99.2.1 $version" "$(browse _mqtt._tcp.local. 10.99.1.2 3)"
is 'and on the second, which has no default route' "1883 10.99.1.1,10.99.2.1 $version" "$(browse _mqtt._tcp.local. 10.99.2.2 3)"
is 'and the admin API' "8080 10.99.1.1,10.99.2.1 $version" "$(browse _fogbell._tcp.local. 10.99.2.2 3)"
browse _mqtt._tcp.local. 10.99.1.2 20 >seen &
watcher=$!
sleep 3
root kill -TERM "$(jq .pid data/fogbell.json)"
wait "$watcher"
is 'it says goodbye when it stops' gone "$(tail -n 1 seen)"
wait "$server"
server=''

check 'a server on one address' serve --host 10.99.2.1
soon 'is found too' is_found
is 'with this address only' '10.99.2.1' "$(look | jq -r '.[0].addresses | join(" ")')"
root kill -TERM "$(jq .pid data/fogbell.json)"
wait "$server"
server=''

check 'a server on loopback' serve --host 127.0.0.1
is 'is not found' '[]' "$(look)"
look >/dev/null
is 'which is status 1' 1 "$?"
root kill -TERM "$(jq .pid data/fogbell.json)"
wait "$server"
server=''

printf '{"announce": false}' >quiet.json
check 'a server with announce: false' serve --config quiet.json
is 'is not found either' '[]' "$(look)"
root kill -TERM "$(jq .pid data/fogbell.json)"
wait "$server"
server=''
finished=yes
