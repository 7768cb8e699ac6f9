#!/usr/bin/env bash
# Terraform 1.11's JSON syntax, which cdktf writes: the CPU time for a text grows with the square of the number of its
# lines. Every string of JSON is parsed as a template each time that it is evaluated, and the lines of a template are
# joined one by one. One would guess that a long text is cheap, since file() of the same text is, and that the syntax
# makes no difference. So a program or a configuration of some thousand lines that an app puts into a ConfigMap or user
# data costs seconds at each plan, and `perf` shows collecting of garbage. The same text as a literal within an
# expression, "${\"line\\nline\"}", is parsed once and has no lines to join; file() costs nothing. Lines of templatefile
# and templatestring are joined in the same way.
# Seen, CPU seconds of a plan: 2000 lines 0.4, 8000 lines 4.8; 8000 lines as a literal 0.24, by file()
# 0.05. Fails unless four times the lines take more than six times as long, and five times as long as the literal.
# Needs Terraform 1.11 or later.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1

# stack FORM LINES: a folder with a text of that many lines as a JSON string, as a literal in one, or in a file.
stack() {
  mkdir "$1-$2"
  python3 - "$1" "$2" <<'PY'
import json, sys

form, lines = sys.argv[1], int(sys.argv[2])
folder = f"{form}-{lines}"
text = "\n".join(f"line {number} of a program" for number in range(lines))
with open(f"{folder}/text", "w") as file:
    file.write(text)
value = {"string": text, "literal": "${" + json.dumps(text) + "}", "file": '${file("text")}'}[form]
with open(f"{folder}/main.tf.json", "w") as file:
    json.dump({"locals": {"text": value}, "output": {"length": {"value": "${length(local.text)}"}}}, file)
PY
}

# cpu FORM LINES: CPU seconds of a plan, the least of three, after it said how long the text is.
cpu() {
  local TIMEFORMAT='%U %S'
  for _ in 1 2 3; do
    { time (cd "$1-$2" && terraform plan -input=false -no-color >said); } 2>&1
    grep -q "length = $((length))" "$1-$2/said" || exit 1
  done | awk '{ sum = $1 + $2; if (least == "" || sum < least) least = sum } END { print least }'
}

few=2000
many=8000
for form in string literal file; do stack $form $many; done
stack string $few
length=$(wc -m <string-$few/text) few_took=$(cpu string $few)
length=$(wc -m <string-$many/text)
many_took=$(cpu string $many) literal_took=$(cpu literal $many) file_took=$(cpu file $many)
terraform version | sed -n 1p
echo "CPU seconds of a plan: $few lines $few_took, $many lines $many_took, as a literal $literal_took, by file() $file_took"
awk -v few="$few_took" -v many="$many_took" -v literal="$literal_took" \
  'BEGIN { exit !(many > 6 * few && many > 5 * literal) }'
