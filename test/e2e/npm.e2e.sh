#!/usr/bin/env bash
# The npm package as a stranger gets it: installed offline and without scripts into an empty folder, by an unprivileged user; then the main job
# over kill -9, with each Node.js that it supports. Needs a built dist/, the npm registry (for Node.js) and jq. Prints `ok …` and `not ok …`
# lines and ends with status 0 when all are ok.

set -uo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/checks.sh"
# shellcheck source-path=SCRIPTDIR
. "$root/test/e2e/main-job.sh"

need jq tar setpriv node npm

make() { (cd "$root" && node bin/package/make.js --only-npm --out "$1"); }
check 'the npm package is made' make "$place/out"
check 'and made again' make "$place/again"
is 'with the same bytes' "$(cat out/SHA256SUMS)" "$(cat again/SHA256SUMS)"
mv out/fogbell-*.tgz fogbell.tgz
rm -rf out again
check 'it is smaller than 6 MB' test "$(stat -c %s fogbell.tgz)" -lt 6000000
tar -xzf fogbell.tgz
own="$(jq -c '[.dependencies, .scripts, .optionalDependencies, .peerDependencies, .bin, .engines.node, .license]' package/package.json)"
is 'it has no dependencies and no scripts' '[null,null,null,null,{"fogbell":"bin/fogbell.js"},">=20.19","MIT"]' "$own"
check 'the licences of the packages are in it' grep -q '^fastify ' package/THIRD-PARTY-LICENCES.txt
is 'and not that of Node.js, which is not in it' 0 "$(head -n 1 package/THIRD-PARTY-LICENCES.txt | grep -c '^Node.js')"
for platform in linux-x64 linux-arm64 linux-arm darwin-x64+arm64 win32-x64; do
  check "LevelDB for $platform is in it" bash -c "ls package/prebuilds/$platform/*.node"
done
version="$(jq -r .version "$root/package.json")"

chmod 755 "$place"
user=()
if [ "$(id -u)" -eq 0 ]; then user=(setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs); fi
npm_program="$(dirname "$(dirname "$(realpath "$(command -v npm)")")")/bin/npm-cli.js"
npx_program="${npm_program%npm-cli.js}npx-cli.js"

# with FOLDER-OF-NODE: sets `clean`, nothing of this environment but this Node.js, and `bare`, the installed command in it.
with() {
  local quiet=(npm_config_update_notifier=false npm_config_audit=false npm_config_fund=false)
  clean=("${user[@]}" env -i HOME="$PWD" PATH="$1:/usr/bin:/bin" TMPDIR="$PWD/tmp" NO_COLOR=1 "${quiet[@]}")
  bare=("${clean[@]}" node_modules/.bin/fogbell)
}

for major in 20 22 24; do
  if ! program="$(node "$root/bin/package/fetch-node.js" "$major")"; then
    not_ok "Node.js $major is fetched"
    continue
  fi
  mkdir -p "$place/node-$major/tmp" "$place/program-$major"
  # Where it was fetched to, this user may not be able to look.
  cp "$program/node" "$place/program-$major/node"
  cd "$place/node-$major" || exit 1
  if [ "${#user[@]}" -gt 0 ]; then chown 65534:65534 . tmp; fi
  with "$place/program-$major"
  what="Node.js $major:"
  check "$what it is installed offline, without scripts" "${clean[@]}" node "$npm_program" install --offline --ignore-scripts ../fogbell.tgz
  is "$what and nothing else" fogbell "$(ls node_modules)"
  is "$what it says what it is" "[\"$version\",\"package\",\"$major\"]" "$(run version --json | jq -c '[.version, .kind, (.node | split(".")[0])]')"
  is "$what npx runs it offline" "$version" "$("${clean[@]}" node "$npx_program" --offline fogbell --version)"
  printf "Object.defineProperty(process.versions, 'node', { value: '18.20.4' })\n" >old.cjs
  is "$what an older one is refused with one line" 1 "$("${clean[@]}" node -r ./old.cjs node_modules/fogbell/bin/fogbell.js serve 2>&1 | grep -c 'needs Node 20.19 or later')"
  # npm leaves a cache there.
  rm -rf tmp/*
  main_job "$what"
  if [ "$major" = 24 ]; then
    check "$what npx runs the demo" eval '"${clean[@]}" node "$npx_program" --offline fogbell demo >demo.log'
    is "$what which says how to go on" 1 "$(grep -c '^  npx fogbell serve$' demo.log)"
    rm -rf tmp/node-compile-cache
  fi
  is "$what nothing is left in the folder for temporary files" '' "$(ls -A tmp)"
  cd "$place" || exit 1
done
finished=yes
