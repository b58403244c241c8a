# ./dev containers: the whole stack in containers, the demo on it, and down again. Where no docker engine runs, a private
# one does it, with stand-ins for the images of others (tools/containers), so that no image registry is needed.

CONTAINER_PACKAGES=(docker.io docker-compose debootstrap iptables)
IMAGES=(webhook-ingestor stats-aggregator call-dialer ai-pipeline api-gateway)
ENGINE=$RUN/containers

compose() { # without anybody's .env: this is what nobody has configured
    local command=(docker-compose)
    ! docker compose version >/dev/null 2>&1 || command=(docker compose)
    mkdir -p "$ENGINE" && : >"$ENGINE/env"
    "${command[@]}" --env-file "$ENGINE/env" --project-directory "$ROOT" -p voice-containers "$@"
}

engine_runs() { docker info >/dev/null 2>&1; }

# What the engine changes of the machine: rules of the packet filter, forwarding, a bridge. engine_stop takes it back.
engine_start() {
    local until=$((SECONDS + 60))
    export DOCKER_HOST=unix://$ENGINE/sock
    [ -z "$(pid_alive "$ENGINE/pid")" ] || return 0
    say "Starting a private docker engine"
    mkdir -p "$ENGINE"
    iptables-save >"$ENGINE/iptables"
    cat /proc/sys/net/ipv4/ip_forward >"$ENGINE/ip_forward"
    spawn "$ENGINE/pid" "$ENGINE/log" dockerd --data-root "$ENGINE/data" --exec-root "$ENGINE/exec" \
        --pidfile "$ENGINE/dockerd.pid" -H "$DOCKER_HOST" --bip 172.30.82.1/24
    until engine_runs; do
        [ $SECONDS -lt $until ] && [ -n "$(pid_alive "$ENGINE/pid")" ] ||
            die "the docker engine does not start here:" "$(tail -n 20 "$ENGINE/log")"
        sleep 0.2
    done
}

engine_stop() {
    [ -f "$ENGINE/pid" ] || return 0
    pid_stop "$ENGINE/pid" 60
    ip link delete docker0 2>/dev/null || true
    iptables-restore <"$ENGINE/iptables"
    cat "$ENGINE/ip_forward" >/proc/sys/net/ipv4/ip_forward
    rm -rf "$ENGINE/sock" "$ENGINE/exec"
}

has_image() { docker image inspect "$1" >/dev/null 2>&1; }

# As the real one: a minimal Debian whose dpkg does not sync every file.
base_image() {
    has_image debian:bookworm-slim && return
    say "Making debian:bookworm-slim"
    rm -rf "$ENGINE/base"
    debootstrap --variant=minbase bookworm "$ENGINE/base" >"$ENGINE/debootstrap.log" 2>&1 ||
        die "debootstrap failed:" "$(tail -n 5 "$ENGINE/debootstrap.log")"
    echo force-unsafe-io >"$ENGINE/base/etc/dpkg/dpkg.cfg.d/speed"
    rm -rf "$ENGINE"/base/var/cache/apt/archives/*.deb "$ENGINE"/base/var/lib/apt/lists/*
    tar -C "$ENGINE/base" -c . | docker import - debian:bookworm-slim >/dev/null
    rm -rf "$ENGINE/base"
}

stand_in() { # image folder [context]
    has_image "$1" && return
    say "Making a stand-in for $1"
    docker build -q -t "$1" -f "$ROOT/tools/containers/$2/Dockerfile" "${3:-$ROOT/tools/containers/$2}" >/dev/null
}

stand_ins() {
    base_image
    stand_in postgres:15-bookworm postgres
    stand_in rabbitmq:3.13 rabbitmq
    stand_in amacneil/dbmate:2 dbmate "$ROOT"
    stand_in caddy:2 caddy
    mkdir -p "$ENGINE/node"
    cp /etc/ssl/certs/ca-certificates.crt "$ENGINE/node/"
    stand_in node:20-bookworm-slim node "$ENGINE/node"
}

unhealthy() { # -> the containers that are neither up nor done
    docker ps -a --filter label=com.docker.compose.project=voice-containers \
        --format '{{.Names}} {{.Status}}' | grep -E 'unhealthy|starting|Exited \([^0]|Created|Restarting|Dead' || true
}

await_healthy() {
    local until=$((SECONDS + 180))
    while [ -n "$(unhealthy)" ]; do
        [ $SECONDS -lt $until ] || die "not healthy after three minutes:" "$(unhealthy)" "$(compose logs --tail 20 2>&1)"
        sleep 1
    done
}

image_bytes() { docker image inspect -f '{{.Size}}' "$1"; }

# The images of the five services share layers, so what they take beyond the base is counted layer by layer.
image_sizes() {
    local name below total=0 size stage base
    declare -A parent=([core]=base [db]=core [webhook-ingestor]=core [stats-aggregator]=db [call-dialer]=db
        [ai-pipeline]=db [api-gateway]=db) bytes
    bytes[base]=$(image_bytes debian:bookworm-slim)
    printf '%-18s %12s %16s\n' image "own bytes" "beyond the base"
    for name in core db "${IMAGES[@]}"; do
        docker build -q --target "$name" -t "voice-agent/$name" "$ROOT" >/dev/null
        bytes[$name]=$(image_bytes "voice-agent/$name")
        below=${parent[$name]}
        size=$((bytes[$name] - bytes[$below]))
        total=$((total + size))
        printf '%-18s %12d %16d\n' "$name" $size $((bytes[$name] - bytes[base]))
    done
    printf '%-18s %12d bytes beyond the base, for all five services and their libraries\n' total $total
    [ $total -le 15000000 ] || die "that is more than 15 MB"
}

# The front answers for both names with certificates of its own; the sockets' path leads to the pipeline.
front_answers() {
    local port=$1 host path want got
    while read -r host path want; do
        got=$(curl -sk -m 20 --retry 10 --retry-all-errors -o /dev/null -w '%{http_code}' \
            --resolve "$host:$port:127.0.0.1" "https://$host:$port$path")
        say "https://$host$path: $got"
        [ "$got" = "$want" ] || die "the front should have answered $want"
    done <<'EOT'
app.localhost /openapi.yaml 200
voice.localhost /webhooks/twilio/voice 405
voice.localhost /media 403
EOT
}

containers_up() {
    say "Building the images"
    compose build
    image_sizes
    say "Starting the stack"
    compose up -d
    await_healthy
    API_URL=http://127.0.0.1:$API_GATEWAY_PORT SANDBOX_URL=http://127.0.0.1:$SANDBOX_PORT python3 "$ROOT/tools/demo.py"
    compose --profile front up -d
    await_healthy
    front_answers "$FRONT_HTTPS_PORT"
}

containers_down() {
    compose --profile front down -v --remove-orphans --timeout 30 || true
    engine_stop
}

cmd_containers() { # [--keep] | down
    local PACKAGES=("${CONTAINER_PACKAGES[@]}")
    cmd_install
    [ "$(id -u)" = 0 ] || engine_runs || die "a private docker engine needs root"
    port_env
    export API_URL=http://127.0.0.1:$API_GATEWAY_PORT FRONT_BIND=127.0.0.1
    export FRONT_HTTP_PORT=$((8480 + ${PORT_OFFSET:-0})) FRONT_HTTPS_PORT=$((8443 + ${PORT_OFFSET:-0}))
    if [ "${1:-}" = down ]; then
        export DOCKER_HOST=unix://$ENGINE/sock
        containers_down
        return
    fi
    if ! engine_runs; then
        # The client that came with the engine, which needs no plugin for BuildKit; the builder before it loses layers.
        export PATH=/usr/bin:$PATH DOCKER_BUILDKIT=1 COMPOSE_DOCKER_CLI_BUILD=1
        engine_start
        stand_ins
    fi
    [ "${1:-}" = --keep ] || trap containers_down EXIT
    containers_up
}
