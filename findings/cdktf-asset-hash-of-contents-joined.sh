#!/usr/bin/env bash
# cdktf 0.21.0: TerraformAsset's assetHash, which is also in the path of the copy, is that of the files' contents one
# after another: without their names, and without where one ends. One would guess that a folder with another file name,
# or with a line moved from one file to the next, is another folder. It is not: `path` stays the same while what
# is there differs. Whoever takes the hash or the path for "has this changed" (the chart of a helm_release, a trigger of
# a replacement, the key of an object in a bucket) sees no change: a ConfigMap's key is renamed and nothing happens.
# Seen: { a: "x", b: "y" }, { a: "x", c: "y" } and { a: "xy" } all have one path; { a: "x", b: "z" } has another.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund cdktf@0.21.0 constructs@10.6.0
echo '{ "app": "node asset.js" }' >cdktf.json
cat >asset.js <<'JS'
const { App, AssetType, TerraformAsset, TerraformStack } = require('cdktf');
const fs = require('fs');
const path = require('path');

// The path of a folder's asset, and the names that were copied there.
function asset(files) {
  const source = fs.mkdtempSync('source-');
  for (const [name, content] of Object.entries(files)) fs.writeFileSync(path.join(source, name), content);
  const outdir = fs.mkdtempSync('out-');
  const app = new App({ outdir });
  const stack = new TerraformStack(app, 'stack');
  const made = new TerraformAsset(stack, 'chart', { path: source, type: AssetType.DIRECTORY });
  app.synth();
  const copied = fs.readdirSync(path.join(outdir, 'stacks', 'stack', made.path));
  if (copied.join() !== Object.keys(files).join()) throw new Error(`copied ${copied}`);
  return made.path;
}

const [first, renamed, joined, changed] = [
  { a: 'x', b: 'y' },
  { a: 'x', c: 'y' },
  { a: 'xy' },
  { a: 'x', b: 'z' },
].map(asset);
const same = (other) => (other === first ? 'same' : 'another');
console.log(`renamed ${same(renamed)}, joined ${same(joined)}, changed ${same(changed)}`);
JS
seen=$(node --no-deprecation asset.js)
echo "cdktf $(node -p 'require("cdktf/package.json").version'): path of the asset: $seen"
[ "$seen" = 'renamed same, joined same, changed another' ]
