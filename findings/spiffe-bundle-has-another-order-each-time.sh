#!/usr/bin/env bash
# go-spiffe 2.9.0: the same trust bundle is written as another text each time. Bundles are compared to know whether a
# partner's keys have changed, and this package keeps roots in the order in which they came and JSON of Go sorts the keys
# of a map; so one would guess that Marshal of one bundle is one text, or at least as long as the program runs. But keys
# for JWT-SVIDs are kept in a map, and are written in the order in which Go happens to go through it, which is chosen
# anew each time. So a ConfigMap or a file that a program writes anew from the bundle has changed at every run, what
# watches it loads again, a hash or an ETag of it is never the same, and a plan of Terraform is never empty, though the
# sequence number stays. With one key nobody sees it: it begins with the first rotation of a key, when there are two. What
# helps is to compare by Equal, or to sort the keys by their ID before the text is kept.
# Seen of 200 texts of one bundle: one key "1 text"; three keys "more than 1 text"; read again and compared by Equal
# "equal" for all; of three roots "1 text".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
printf 'module order\n\ngo 1.26.0\n\nrequire github.com/spiffe/go-spiffe/v2 v2.9.0\n' >go.mod
cat >main.go <<'GO'
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"time"

	"github.com/spiffe/go-spiffe/v2/bundle/spiffebundle"
	"github.com/spiffe/go-spiffe/v2/spiffeid"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func key() *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) }

func root(number int) *x509.Certificate {
	own := key()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(int64(number)), Subject: pkix.Name{Organization: []string{"example"}},
		NotBefore: time.Now(), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	return must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, template, template, own.Public(), own))))
}

func main() {
	domain := spiffeid.RequireTrustDomainFromString("mesh-b.example")
	for _, counts := range [][2]int{{3, 0}, {1, 1}, {0, 3}} {
		bundle := spiffebundle.New(domain)
		bundle.SetSequenceNumber(1)
		for number := range counts[0] {
			bundle.AddX509Authority(root(number + 1))
		}
		for number := range counts[1] {
			if err := bundle.AddJWTAuthority(fmt.Sprint(number), key().Public()); err != nil {
				panic(err)
			}
		}
		texts, equal := map[string]bool{}, true
		for range 200 {
			text := must(bundle.Marshal())
			texts[string(text)] = true
			equal = equal && must(spiffebundle.Parse(domain, text)).Equal(bundle)
		}
		said := "1 text"
		if len(texts) > 1 {
			said = "more than 1 text"
		}
		fmt.Printf("%d roots and %d keys: %s, equal: %t\n", counts[0], counts[1], said, equal)
	}
}
GO
go mod tidy 2>/dev/null
go build -o order .
./order >seen
echo "$(go list -m github.com/spiffe/go-spiffe/v2): $(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
3 roots and 0 keys: 1 text, equal: true
1 roots and 1 keys: 1 text, equal: true
0 roots and 3 keys: more than 1 text, equal: true
SEEN
