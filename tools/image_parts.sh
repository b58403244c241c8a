#!/bin/bash
# image_parts.sh BIN OUT BASE_LIBS: what the images hold beyond their base, one folder each, for the Dockerfile.
#
# Two layers have the libraries that are shared: core (webhook-ingestor needs no more) and, on it, db (libpq and what it
# draws in: stats-aggregator). A service's own folder has its executable and the libraries that none of its layers has.
# BASE_LIBS lists the libraries of the base, one per line.
set -euo pipefail
bin=$1 out=$2 base=$3

# Paths of the libraries an executable is linked with, all the way down.
closure() { ldd "$bin/$1" | awk '$3 ~ /^\// { print $3 }' | sort; }

# From a list of libraries on stdin those that no layer below has, into a folder; /lib is a link to /usr/lib.
put() { # folder layer-below...
    local folder=$out/$1 library below has
    shift
    while read -r library; do
        library=/usr${library#/usr}
        has=$(grep -Fx "$library" "$base" || true)
        for below; do
            [ ! -e "$out/$below$library" ] || has=$below
        done
        [ -n "$has" ] || install -D -m 755 "$library" "$folder$library"
    done
    mkdir -p "$folder"
}

service() { # name layer...
    closure "$1" | put "$@"
    install -D -m 755 "$bin/$1" "$out/$1/usr/local/bin/$1"
    strip "$out/$1/usr/local/bin/$1"
}

closure webhook-ingestor | put core
closure stats-aggregator | put db core
# Who is who on the Internet: Twilio, OpenAI, the broker by amqps.
install -D -m 644 /etc/ssl/certs/ca-certificates.crt "$out/core/etc/ssl/certs/ca-certificates.crt"

service webhook-ingestor core
service stats-aggregator core db
service call-dialer core db
service ai-pipeline core db
service api-gateway core db
service va-user core db
service va-dead core db
service sandbox core db
for voices in /usr/lib/*/espeak-ng-data; do
    mkdir -p "$out/sandbox${voices%/*}"
    cp -r "$voices" "$out/sandbox$voices"
done
