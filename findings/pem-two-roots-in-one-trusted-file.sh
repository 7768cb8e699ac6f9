#!/usr/bin/env bash
# Debian's ca-certificates (20250419~deb12u2) and Java 17's keytool: a file with the old and the new root of a mesh,
# added to what a machine trusts, is three different things. One would guess that a program that takes a bundle takes
# all of it, and that a machine's trusted file and folder hold the same roots. update-ca-certificates says "1 added" and
# puts both roots into the file; in the folder, which it indexes by openssl rehash, neither can be found, since that
# passes over what is not exactly one certificate. keytool -importcert takes the first, says "Certificate was added",
# and the second is gone. So in a rotation curl with its file is right, OpenSSL with the folder (-CApath, and so
# curl --capath) trusts neither root, and Java loses the new one. What helps is a file for each root.
# Seen, of roots old and new in one file: "file old new; folder none; keytool old", as two files "file old new; folder
# old new; keytool old new".
# Needs Debian's apt-get and keytool.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -q ca-certificates >/dev/null 2>&1
dpkg-deb -x ca-certificates_*.deb package
version=$(dpkg-deb -f ca-certificates_*.deb Version)
for name in old new; do
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -keyout $name.key -out $name.pem -days 10 \
    -subj "/CN=$name" 2>/dev/null
done

# trusted NAME OPTION: the roots that verify by what update-ca-certificates made of it.
trusted() {
  local root found=
  for root in old new; do
    if openssl verify -no-CAfile -no-CApath -no-CAstore "$2" "$1" $root.pem >/dev/null 2>&1; then found+=" $root"; fi
  done
  echo "${found:- none}"
}
# judge NAME: what becomes of the files in its folder.
judge() {
  local file
  mkdir "$1-trusted" "$1-empty"
  : >"$1-conf"
  sh package/usr/sbin/update-ca-certificates --certsconf "$folder/$1-conf" --certsdir "$folder/$1-empty" \
    --localcertsdir "$folder/$1" --etccertsdir "$folder/$1-trusted" --hooksdir "$folder/$1-empty" >said 2>&1
  grep -q "^$2 added" said
  for file in "$1"/*.crt; do
    keytool -importcert -noprompt -alias "$(basename "$file" .crt)" -file "$file" -keystore "$1.p12" \
      -storepass changeit 2>&1 | grep -qx 'Certificate was added to keystore'
  done
  keytool -list -v -keystore "$1.p12" -storepass changeit 2>/dev/null | sed -n 's/^Owner: CN=/ /p' | sort -r |
    tr -d '\n' >"$1.owners"
  echo "file$(trusted "$1-trusted/ca-certificates.crt" -CAfile); folder$(trusted "$1-trusted" -CApath);" \
    "keytool$(cat "$1.owners")"
}
mkdir one two
cat old.pem new.pem >one/mesh.crt
for name in old new; do cp $name.pem two/$name.crt; done
one=$(judge one 1)
two=$(judge two 2)
echo "ca-certificates $version, Java $(java -version 2>&1 | head -1 | cut -d'"' -f2): one file: $one; two files: $two"
[ "$one" = 'file old new; folder none; keytool old' ]
[ "$two" = 'file old new; folder old new; keytool old new' ]
