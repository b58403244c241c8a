# Debian packages: what is missing is named and installed in one go. No service of theirs is started.

BUILD_PACKAGES=( # the Dockerfile's build stage takes them from here
    gcc libc6-dev cmake ninja-build pkg-config python3 python3-yaml
    libuv1-dev libmicrohttpd-dev librabbitmq-dev libpq-dev libcurl4-openssl-dev libjansson-dev libssl-dev
    libargon2-dev libcsv-dev libwslay-dev libexpat1-dev libespeak-ng-dev espeak-ng-data
)
PACKAGES=(
    "${BUILD_PACKAGES[@]}" python3-jsonschema libcriterion-dev
    postgresql-15 rabbitmq-server curl ca-certificates jq util-linux procps iproute2
)
command -v npm >/dev/null || PACKAGES+=(nodejs npm) # for the dashboard; another source of them is as good

missing_packages() {
    local package
    for package in "${PACKAGES[@]}"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || printf '%s ' "$package"
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Debian starts a daemon as soon as its package is there, unless this file says no.
services_stay_off() {
    [ -e /usr/sbin/policy-rc.d ] && return
    printf '#!/bin/sh\n# put here by ./dev install, gone when it ends\nexit 101\n' |
        as_root tee /usr/sbin/policy-rc.d >/dev/null
    as_root chmod 755 /usr/sbin/policy-rc.d
    trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
}

apt_install() ( # package...; a subshell: its trap is its own
    trap 'exit 130' INT TERM HUP
    services_stay_off
    export DEBIAN_FRONTEND=noninteractive
    as_root apt-get -q update
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install "$@"
)

cmd_install() {
    local missing
    command -v dpkg-query >/dev/null ||
        die "this is no Debian; install these, or what they are called here:" "${PACKAGES[*]}"
    missing=$(missing_packages)
    [ -n "$missing" ] || return 0
    say "Installing $missing"
    [ "$(id -u)" = 0 ] || command -v sudo >/dev/null ||
        die "packages are missing and there is no sudo; as root: apt-get install --no-install-recommends $missing"
    apt_install $missing || die "apt-get could not install: $missing"
}
