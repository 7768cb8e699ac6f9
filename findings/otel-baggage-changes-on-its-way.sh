#!/usr/bin/env bash
# OpenTelemetry's baggage in Go (1.47.0), JavaScript (3.1.1) and Python (1.45.2): a value changes between two services
# of different languages. The header is W3C's, and each library writes and reads its own without a change; so one would
# guess that they read each other's. Python writes a space as "+" and reads every "+" as a space, as forms on the web
# do; the others percent-encode a space, and Go writes a "+" as it is, as the specification allows. So a text with a
# space comes from Python with a "+", and a time with its zone (+01:00) or base64 that comes from Go loses each "+" at
# Python. Python also takes the properties of an entry ("tenant=bank;own") for a part of its value, which Go and
# JavaScript take off. What helps is to keep values to characters that nobody encodes, such as base64url.
# Seen, from the first to the second: "a b" from Go and JavaScript "a b" everywhere, from Python "a+b" in Go and
# JavaScript; "a+b" from JavaScript and Python "a+b" everywhere, from Go "a b" in Python; of "key=bank;own" the value is
# "bank" in Go and JavaScript, "bank;own" in Python.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @opentelemetry/core@3.1.1 @opentelemetry/api@1.10.0
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check opentelemetry-api==1.45.2
printf 'module baggage\n\ngo 1.26.0\n\nrequire go.opentelemetry.io/otel v1.47.0\n' >go.mod
# Each program prints the header of a value, with "write", or the value in a header, with "read".
cat >main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"os"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	carrier, propagator := propagation.MapCarrier{}, propagation.Baggage{}
	if os.Args[1] == "write" {
		bag := must(baggage.New(must(baggage.NewMemberRaw("key", os.Args[2]))))
		propagator.Inject(baggage.ContextWithBaggage(context.Background(), bag), carrier)
		fmt.Println(carrier["baggage"])
	} else {
		carrier["baggage"] = os.Args[2]
		fmt.Println(baggage.FromContext(propagator.Extract(context.Background(), carrier)).Member("key").Value())
	}
}
GO
cat >by-python.py <<'PY'
import sys
from opentelemetry import baggage
from opentelemetry.baggage.propagation import W3CBaggagePropagator

_, does, what = sys.argv
if does == "write":
    carrier = {}
    W3CBaggagePropagator().inject(carrier, baggage.set_baggage("key", what))
    print(carrier["baggage"])
else:
    print(baggage.get_baggage("key", W3CBaggagePropagator().extract({"baggage": what})))
PY
cat >by-javascript.mjs <<'JS'
import { defaultTextMapGetter, defaultTextMapSetter, propagation, ROOT_CONTEXT } from '@opentelemetry/api';
import { W3CBaggagePropagator } from '@opentelemetry/core';

const [does, what] = process.argv.slice(2);
const propagator = new W3CBaggagePropagator();
if (does === 'write') {
  const carrier = {};
  const bag = propagation.createBaggage({ key: { value: what } });
  propagator.inject(propagation.setBaggage(ROOT_CONTEXT, bag), carrier, defaultTextMapSetter);
  console.log(carrier.baggage);
} else {
  const context = propagator.extract(ROOT_CONTEXT, { baggage: what }, defaultTextMapGetter);
  console.log(propagation.getBaggage(context).getEntry('key').value);
}
JS
go mod tidy 2>/dev/null
go build -o by-go .
by() {
  case $1 in
  go) ./by-go "$2" "$3" ;;
  javascript) node by-javascript.mjs "$2" "$3" ;;
  python) venv/bin/python by-python.py "$2" "$3" ;;
  esac
}
# read_all HEADER: the value in each language.
read_all() { echo "go '$(by go read "$1")', javascript '$(by javascript read "$1")', python '$(by python read "$1")'"; }
{
  for value in 'a b' 'a+b'; do
    for writer in go javascript python; do
      echo "'$value' from $writer: $(read_all "$(by "$writer" write "$value")")"
    done
  done
  echo "key=bank;own: $(read_all 'key=bank;own')"
} >seen
echo "otel for Go $(go list -m -f '{{.Version}}' go.opentelemetry.io/otel)," \
  "for JavaScript $(npm pkg get version --prefix node_modules/@opentelemetry/core | tr -d '"')," \
  "for Python $(venv/bin/pip list 2>/dev/null | awk '$1 == "opentelemetry-api" { print $2 }'):"
cat seen
diff seen - <<'SEEN'
'a b' from go: go 'a b', javascript 'a b', python 'a b'
'a b' from javascript: go 'a b', javascript 'a b', python 'a b'
'a b' from python: go 'a+b', javascript 'a+b', python 'a b'
'a+b' from go: go 'a+b', javascript 'a+b', python 'a b'
'a+b' from javascript: go 'a+b', javascript 'a+b', python 'a+b'
'a+b' from python: go 'a+b', javascript 'a+b', python 'a+b'
key=bank;own: go 'bank', javascript 'bank', python 'bank;own'
SEEN
