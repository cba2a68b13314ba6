#!/bin/sh
# Makes the certificates for docker-compose.yml in the directory $1: a CA, and a certificate for each part in a directory
# of its own, beside the CA's. A certificate that ends within 30 days is made again; the CA lasts ten years.
set -eu
umask 077
place=$1
authority=$place/authority

is_current() {
    openssl x509 -checkend 2592000 -noout -in "$1" > /dev/null 2>&1
}

new_key() {
    openssl ecparam -name prime256v1 -genkey -noout -out "$1"
}

certificate_for() {
    part=$place/$1
    if is_current "$part/tls.crt" && cmp -s "$authority/ca.crt" "$part/ca.crt"; then
        return
    fi
    new_key "$part/tls.key.new"
    printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\nbasicConstraints=critical,CA:FALSE\n' "$2" > "$authority/extensions"
    openssl req -new -key "$part/tls.key.new" -subj "/CN=$1" -out "$authority/request"
    openssl x509 -req -in "$authority/request" -CA "$authority/ca.crt" -CAkey "$authority/ca.key" -days 397 \
        -extfile "$authority/extensions" -out "$part/tls.crt.new" 2> /dev/null
    cp "$authority/ca.crt" "$part/ca.crt.new"
    chmod 0444 "$part/ca.crt.new" "$part/tls.crt.new"
    # Postgres runs as another user, whose container copies the key. No other part mounts this directory.
    if [ "$1" = database ]; then chmod 0444 "$part/tls.key.new"; fi
    for file in ca.crt tls.key tls.crt; do
        mv "$part/$file.new" "$part/$file"
    done
    echo "made a certificate for $1"
}

if ! is_current "$authority/ca.crt"; then
    new_key "$authority/ca.key"
    openssl req -x509 -key "$authority/ca.key" -days 3650 -subj "/CN=Strongroom CA of docker compose" \
        -addext keyUsage=critical,keyCertSign,cRLSign -out "$authority/ca.crt.new"
    mv "$authority/ca.crt.new" "$authority/ca.crt"
fi
certificate_for database DNS:postgres
certificate_for gateway DNS:gateway,DNS:localhost,IP:127.0.0.1
certificate_for server DNS:server,DNS:localhost,IP:127.0.0.1
