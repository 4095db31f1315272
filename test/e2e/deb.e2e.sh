#!/usr/bin/env bash
# The package for Debian, installed for real: its rights, its service run by hand as its unit says, the command as other users, an upgrade over a
# running server, removal, purge. Changes this machine, and puts it back: only as root, and only where nothing of fogbell is installed. Needs a
# built dist/, the npm registry, systemd's tools, lintian, man, zsh, python3, mosquitto-clients, jq and binutils.

set -uo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/checks.sh"

need node npm jq strip dpkg-deb apt-get lintian man zsh python3 setpriv systemd-analyze systemd-notify mosquitto_pub mosquitto_sub
here="$root/test/e2e"

# Ends the script.
refuse() {
  not_ok "$1"
  finished=yes
  exit
}
[ "$(id -u)" -eq 0 ] || refuse 'the package is installed for real, which only root can do'
! dpkg -s fogbell >/dev/null 2>&1 || refuse 'a package fogbell is installed on this machine: nothing was changed; test it where there is none'
for path in /var/lib/fogbell /etc/fogbell; do [ ! -e "$path" ] || refuse "$path exists on this machine: nothing was changed"; done
! getent passwd fogbell >/dev/null || refuse 'there is a user fogbell on this machine: nothing was changed'

listener=''
# shellcheck disable=SC2329 # called by the trap
undo() {
  if [ -n "$server" ]; then kill -9 "$server"; fi
  if [ -n "$listener" ]; then kill "$listener"; fi
  server=''
  dpkg --purge --force-all fogbell
  rm -rf /var/lib/fogbell /etc/fogbell
  userdel fogbell
  groupdel fogbell
} >/dev/null 2>&1
trap 'undo; leave' EXIT

export DEBIAN_FRONTEND=noninteractive
chmod 755 "$place"
arch="$(node -p process.arch)"
make() { (cd "$root" && node bin/package/make.js --arch "$arch" --skip archive "$@"); }
check 'the package is made' make --out "$place/out"
deb="$(echo "$place"/out/*.deb)"
# It takes as long as all else.
lintian --allow-root --no-cfg --show-overrides "$deb" >lintian.log 2>&1 &
linted=$!
check 'and made again, packed faster' make --out "$place/again" --deb-level 0
tars() { for part in ctrl fsys; do dpkg-deb "--$part-tarfile" "$1" | sha256sum; done; }
is 'with the same content, names, times and rights' "$(tars "$deb")" "$(tars "$place"/again/*.deb)"
check 'it is smaller than 32 MB' test "$(stat -c %s "$deb")" -lt 32000000
# The next version: the same with another number.
version="$(dpkg-deb -f "$deb" Version)"
dpkg-deb -R "$deb" next && sed -i "s/^Version: .*/Version: $version+1/" next/DEBIAN/control
check 'a next version of it is made' dpkg-deb --root-owner-group -Znone -b next next.deb
rm -rf next again
wait "$linted"
is 'lintian finds no error' '' "$(grep '^E:' lintian.log)"
is 'since two are overridden' 2 "$(grep -c '^O:' lintian.log)"

apt-get -qq -y --no-install-recommends install "$deb" >apt.log 2>&1 || refuse "apt installs it: $(tail -n 3 apt.log)"
ok 'apt installs it'
is 'the command is there' "${version%-1}" "$(/usr/bin/fogbell --version)"
rights() { stat -c '%a %U:%G' "$1"; }
is 'its data belong to its user' '750 fogbell:fogbell' "$(rights /var/lib/fogbell)"
is 'its token may be read by the group' '640 fogbell:fogbell' "$(rights /var/lib/fogbell/admin.token)"
is 'the token is random and of the usual length' 33 "$(stat -c %s /var/lib/fogbell/admin.token)"
is 'keys have a place that it may read' '750 root:fogbell' "$(rights /etc/fogbell/tls)"
is 'settings may hold hashes' '640 root:fogbell' "$(rights /etc/fogbell/config.json)"
is 'the service is enabled' /lib/systemd/system/fogbell.service "$(readlink /etc/systemd/system/multi-user.target.wants/fogbell.service)"
is 'its user has no shell and no password' '/usr/sbin/nologin L' "$(getent passwd fogbell | cut -d: -f7) $(passwd -S fogbell | cut -d' ' -f2)"

unit=/lib/systemd/system/fogbell.service
is 'systemd finds no fault in the unit' '' "$(systemd-analyze verify "$unit" 2>&1)"
check 'its exposure is 2.0 at most' systemd-analyze security --offline=yes --threshold=20 "$unit"
is 'the manual page has no fault' '' "$(LC_ALL=C.UTF-8 MANROFFSEQ='' man --warnings -E UTF-8 -l -Tutf8 -Z /usr/share/man/man1/fogbell.1.gz 2>&1 >/dev/null)"
check 'and is found' bash -c 'man fogbell | grep -q "exit status\|EXIT STATUS"'

mkdir -p words/folder && touch 'words/my image.bin' words/settings.json
complete() { (cd words && python3 "$here/complete.py" "$@"); }
in_bash='. /usr/share/bash-completion/completions/fogbell'
# shellcheck disable=SC2016 # expanded by zsh
in_zsh='fpath=(/usr/share/zsh/vendor-completions $fpath); autoload -Uz compinit; compinit -D -u'
for shell in bash zsh; do
  setup="in_$shell"
  is "$shell completes commands and options" '<firmware><add><--sign-method><SHA256>' "$(complete $shell "${!setup}" 'fogbell firm\tad\t--sign-m\tS\t')"
  is "$shell completes names of files, with their spaces" '<push><my image.bin>' "$(complete $shell "${!setup}" 'fogbell pus\tmy\t')"
  is "$shell completes the file of an option" '<serve><--config><settings.json>' "$(complete $shell "${!setup}" 'fogbell serve --conf\tset\t')"
  # bash leaves the slash, zsh takes it away again.
  is "$shell completes a folder only" '<serve><--data><folder>' "$(complete $shell "${!setup}" 'fogbell serve --data \t' | sed 's#/>#>#')"
done

# As an administrator edits it: local ports that are free, and a topic for everyone.
jq '. + {mqtt: {listeners: [{url: "mqtt://127.0.0.1:0"}], anonymous: {publish: ["t/#"], subscribe: ["t/#"]}},
  firmware: {listen: {host: "127.0.0.1", port: 0}}, admin: {listen: {host: "127.0.0.1", port: 0}}}' /etc/fogbell/config.json >edited.json
cat edited.json >/etc/fogbell/config.json

from_unit() { sed -n "s/^$1=//p" "$unit"; }
python3 "$here/notify.py" "$place/notify" >notified 2>&1 &
listener=$!
within 10 test -S notify
# What systemd would run, as far as it can be without it; sets `server`.
serve() {
  # shellcheck disable=SC2046 # words
  (
    cd "$(from_unit WorkingDirectory)" && umask "$(from_unit UMask)" && ulimit -n 20000 &&
      exec setpriv --reuid="$(from_unit User)" --regid="$(from_unit Group)" --init-groups --no-new-privs --bounding-set=-all \
        env -i PATH=/usr/local/bin:/usr/bin:/bin NOTIFY_SOCKET="$place/notify" NO_COLOR=1 $(from_unit ExecStart)
  ) >>serve.log 2>&1 &
  server=$!
  within 30 running && ! gone "$server" 2>/dev/null
}
running() { [ "$(jq .pid /var/lib/fogbell/fogbell.json)" = "$server" ] || gone "$server"; }
stop() {
  kill -TERM "$server"
  wait "$server"
  is "$1" 0 "$?"
  server=''
}
check 'the service starts' serve
soon 'systemd hears that it is ready' grep -q '^READY=1 STATUS=ready, mqtt://127' notified
is 'the group may read where it listens' '640 fogbell:fogbell' "$(rights /var/lib/fogbell/fogbell.json)"
is 'and the token is as it was' '640 fogbell:fogbell' "$(rights /var/lib/fogbell/admin.token)"

mkdir -m 755 home
# As another user, who is or is not in the group.
as_member=(setpriv --reuid=65534 --regid=65534 --groups="$(id -g fogbell)" env -i PATH=/usr/bin:/bin NO_COLOR=1)
member() { (cd home && "${as_member[@]}" "$@"); }
stranger() { (cd home && setpriv --reuid=65534 --regid=65534 --clear-groups env -i PATH=/usr/bin:/bin NO_COLOR=1 "$@"); }
is 'a member of the group needs neither sudo nor options' '[]' "$(member fogbell device list --json)"
is 'another user is refused with what to do' 1 "$(stranger fogbell device list 2>&1 | grep -c 'cannot be read by this user.*sudo adduser \$USER fogbell')"
check 'and cannot read the data' bash -c '! setpriv --reuid=65534 --regid=65534 --clear-groups ls /var/lib/fogbell'

# The process itself, so that it can be ended.
(cd home && exec "${as_member[@]}" fogbell simulate --devices 3 --product lamp --version 1.0.0) >simulate.log 2>&1 &
devices=$!
online() { [ "$(member fogbell device list --json | jq '[.[] | select(.online)] | length')" = 3 ]; }
soon 'three simulated devices are online' online
head -c 300000 /dev/urandom >home/image.bin
check 'an update succeeds' member fogbell push image.bin --product lamp --version 2.0.0 --watch
is 'on all three' 3 "$(member fogbell task list --json | jq '[.[] | select(.state == "succeeded")] | length')"
kill "$devices" 2>/dev/null

port() { jq -r '.mqtt[0]' /var/lib/fogbell/fogbell.json | sed 's/.*://'; }
mosquitto_sub -p "$(port)" -i keeper -c -q 1 -t t/1 -E
mosquitto_pub -p "$(port)" -i sender -q 1 -t t/1 -m kept
state() { member fogbell task list --json | jq -S '[.[] | {id, device, state, step}]'; }
before="$(state)"
token="$(cat /var/lib/fogbell/admin.token)"
check 'the next version is installed over the running one' dpkg --force-unsafe-io -i next.deb
check 'which runs on meanwhile' member fogbell device list
stop 'SIGTERM ends it with status 0'
soon 'systemd hears that it stops' grep -q '^STOPPING=1' notified
check 'the next version starts' serve
is 'with the same tasks' "$before" "$(state)"
is 'the same token' "$token" "$(cat /var/lib/fogbell/admin.token)"
is 'the messages that wait' kept "$(mosquitto_sub -p "$(port)" -i keeper -c -q 1 -t t/1 -C 1 -W 10)"
is 'and the edited settings' "$(cat edited.json)" "$(cat /etc/fogbell/config.json)"
is 'whose rights stay' '640 root:fogbell' "$(rights /etc/fogbell/config.json)"
kill -HUP "$server"
soon 'SIGHUP reloads them' grep -q 'settings reloaded' serve.log
stop 'it stops'

check 'remove removes it' apt-get -qq -y remove fogbell
check 'and keeps data and settings' test -d /var/lib/fogbell/store -a -s /etc/fogbell/config.json -a ! -e /usr/bin/fogbell
check 'after that it can be installed again' dpkg --force-unsafe-io -i next.deb
check 'and starts' serve
is 'with the tasks of before' "$before" "$(state)"
stop 'and stops'

# What the scripts do where systemd runs: in a /run of their own, with a systemctl that only notes what it is asked.
printf '#!/bin/sh\necho "$@" >>%s/asked\n' "$place" | tee bin/systemctl >bin/deb-systemd-invoke
chmod 755 bin/systemctl bin/deb-systemd-invoke
# shellcheck disable=SC2016 # expanded by that shell
with_systemd() { : >asked && unshare -m sh -c 'mount -t tmpfs none /run && mkdir -p /run/systemd/system && exec "$@"' sh "$@" >/dev/null 2>&1; grep fogbell asked; }
if unshare -m true 2>/dev/null; then
  is 'an upgrade restarts the service if it runs' 'try-restart fogbell.service' "$(with_systemd dpkg --force-unsafe-io -i next.deb)"
  is 'remove stops it' 'stop fogbell.service' "$(with_systemd dpkg -r fogbell)"
  is 'an installation starts it' 'start fogbell.service' "$(with_systemd dpkg --force-unsafe-io -i next.deb)"
fi

check 'purge' apt-get -qq -y purge fogbell
left() { ls -d /var/lib/fogbell /etc/fogbell /etc/systemd/system/fogbell.service /etc/systemd/system/*/fogbell.service /run/fogbell-installed 2>/dev/null; }
is 'leaves nothing' '' "$(left)"
is 'but its user' fogbell "$(getent passwd fogbell | cut -d: -f1)"
finished=yes
