#!/usr/bin/env bash
# @cdktf/node-pty-prebuilt-multiarch 0.10.2, the terminal of cdktf-cli 0.21.0: it is built for some platforms only, and
# which Node.js they have differs in a way that nobody would guess. Its page has a table of platforms and says "Node.js
# 10 and higher"; package.json names macOS on Intel. One would guess that Linux on 64-bit ARM has what 32-bit ARM has.
# But for Node.js 22 there are binaries for 32-bit ARM and 32-bit Intel, none for 64-bit ARM and none for Windows; for
# macOS on Intel there is none at all; for 24 nowhere. Where one is missing, npm asks GitHub for it and then compiles,
# with Python and a C++ compiler: an image that builds on a laptop does not build for Graviton, nor behind a mirror of
# npm's registry. What the package holds has to be looked up, by the number of Node's ABI (127 is 22).
# Seen of Node.js 20, 22 and 24: linux-x64, linux-arm, linux-ia32 and darwin-arm64 "20 22"; linux-arm64 and win32-x64
# "20"; darwin-x64 "none", though package.json names it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
# As npm lays it out, and nothing is run: what would compile is a script of the package's own.
npm pack --silent @cdktf/node-pty-prebuilt-multiarch@0.10.2 >/dev/null
tar -xzf ./*.tgz
version=$(node -p 'require("./package/package.json").version')
promised=$(node -p 'require("./package/package.json").files.filter((one) => /^prebuilds/.test(one)).map((one) => one.slice(10)).sort().join(" ")')
for platform in $promised; do
  has=
  # The numbers of the ABI: https://nodejs.org/en/about/previous-releases
  for pair in 20:115 22:127 24:137; do
    if compgen -G "package/prebuilds/$platform/*abi${pair#*:}*" >/dev/null; then has+=" ${pair%:*}"; fi
  done
  echo "$platform:${has:- none}"
done >seen
grep -o '\*We only provide.*Node.js 10' package/README.md
echo "node-pty-prebuilt-multiarch $version: $(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
darwin-arm64: 20 22
darwin-x64: none
linux-arm: 20 22
linux-arm64: 20
linux-ia32: 20 22
linux-x64: 20 22
win32-x64: 20
SEEN
