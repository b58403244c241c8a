# The local stack: ./dev up, down, status, logs.

SERVICES=(api-gateway webhook-ingestor call-dialer ai-pipeline stats-aggregator)
declare -A PORTS=([api-gateway]=8080 [webhook-ingestor]=8081 [ai-pipeline]=8083 [sandbox]=8090)
declare -A OPS_PORTS=([api-gateway]=9080 [webhook-ingestor]=9081 [call-dialer]=9082 [ai-pipeline]=9083
    [stats-aggregator]=9084 [sandbox]=9090)

# KEY=VALUE lines; the environment wins. Nothing in it is executed.
read_dotenv() {
    local line key value
    [ -f "$ROOT/.env" ] || return 0
    while IFS= read -r line || [ -n "$line" ]; do
        line=${line%$'\r'}
        [[ $line =~ ^[[:space:]]*(export[[:space:]]+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$ ]] || continue
        key=${BASH_REMATCH[2]} value=${BASH_REMATCH[3]}
        [[ $value =~ ^\"(.*)\"[[:space:]]*$ || $value =~ ^\'(.*)\'[[:space:]]*$ ]] && value=${BASH_REMATCH[1]}
        [ -n "${!key+set}" ] || export "$key=$value"
    done <"$ROOT/.env"
}

given() { # NAME: set, or set as a file
    local file=$1_FILE
    [ -n "${!1:-}" ] || [ -n "${!file:-}" ]
}

fallback() { # NAME value: exported unless the NAME is given
    given "$1" || export "$1=$2"
}

# Made once and kept, so that links survive a restart.
secret() { # name
    local file=$RUN/secret.$1
    [ -s "$file" ] || (umask 077 && head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n' >"$file")
    cat "$file"
}

variable_of() { # service -> SERVICE
    local name=${1^^}
    printf '%s' "${name//-/_}"
}

port_env() {
    local service name
    for service in "${!OPS_PORTS[@]}"; do
        name=$(variable_of "$service")
        [ -z "${PORTS[$service]:-}" ] || fallback "${name}_PORT" $((PORTS[$service] + ${PORT_OFFSET:-0}))
        fallback "${name}_OPS_PORT" $((OPS_PORTS[$service] + ${PORT_OFFSET:-0}))
    done
    fallback POSTGRES_PORT $((55432 + ${PORT_OFFSET:-0}))
    fallback RABBITMQ_PORT $((55672 + ${PORT_OFFSET:-0}))
    fallback RABBITMQ_EPMD_PORT $((55369 + ${PORT_OFFSET:-0}))
    fallback RABBITMQ_DIST_PORT $((55671 + ${PORT_OFFSET:-0}))
}

http_port() { # service -> its port; nothing when it has none
    local name
    name=$(variable_of "$1")_PORT
    [ -z "${PORTS[$1]:-}" ] || printf '%s' "${!name}"
}

ops_port() {
    local name
    name=$(variable_of "$1")_OPS_PORT
    printf '%s' "${!name}"
}

# What stands for Twilio or OpenAI when neither an account nor another address is given.
sandbox_env() {
    local url=http://127.0.0.1:$SANDBOX_PORT
    export SANDBOX_URL=$url
    fallback SANDBOX_STATE "$RUN/sandbox.json"
    fallback SANDBOX_SCRIPTS "$ROOT/tests/scripts"
    fallback SANDBOX_SPEED 8
    fallback SANDBOX_CPS 5
    given TWILIO_ACCOUNT_SID || given TWILIO_API_URL || export TWILIO_API_URL=$url SANDBOX=1
    given OPENAI_API_KEY || given OPENAI_BASE_URL || export OPENAI_BASE_URL=$url/v1 SANDBOX=1
    given TWILIO_ACCOUNT_SID || fallback TWILIO_AUTH_TOKEN "$(secret twilio)"
    fallback TWILIO_ACCOUNT_SID AC00000000000000000000000000000001
    fallback TWILIO_API_URL https://api.twilio.com
    given OPENAI_API_KEY && fallback OPENAI_BASE_URL https://api.openai.com/v1
    fallback OPENAI_API_KEY sandbox
}

stack_env() {
    read_dotenv
    port_env
    given DATABASE_URL || export PRIVATE_POSTGRES=1
    given AMQP_URL || export PRIVATE_RABBITMQ=1
    fallback DATABASE_URL "postgres://voice@127.0.0.1:$POSTGRES_PORT/voice"
    fallback AMQP_URL "amqp://guest:guest@127.0.0.1:$RABBITMQ_PORT/%2f"
    fallback PUBLIC_URL "http://127.0.0.1:$WEBHOOK_INGESTOR_PORT"
    fallback API_URL "http://127.0.0.1:$API_GATEWAY_PORT"
    fallback LINK_SECRET "$(secret link)"
    fallback DASHBOARD_DIR "$SITE/site"
    sandbox_env
    [ -z "${SANDBOX:-}" ] || fallback MEDIA_URL "ws://127.0.0.1:$AI_PIPELINE_PORT/media"
    [ -z "${SANDBOX:-}" ] || SERVICES=(sandbox "${SERVICES[@]}")
}

check_port() { # port who pidfile; adds to ports_to_bind what its process has yet to bind
    [ -n "$1" ] && [ -z "$(pid_alive "$3")" ] || return 0
    ports_to_bind+=("$1")
    port_taken "$1" || return 0
    warn "dev: port $1, for $2, is taken$(port_owner "$1")"
    return 1
}

check_ports() {
    local service bad=0 ports_to_bind=()
    if [ -n "${PRIVATE_POSTGRES:-}" ] && ! pg_pid "$RUN/postgres" >/dev/null; then
        check_port "$POSTGRES_PORT" "PostgreSQL (POSTGRES_PORT)" "" || bad=1
    fi
    if [ -n "${PRIVATE_RABBITMQ:-}" ]; then
        check_port "$RABBITMQ_PORT" "RabbitMQ (RABBITMQ_PORT)" "$RUN/rabbitmq/pid" || bad=1
        check_port "$RABBITMQ_DIST_PORT" "RabbitMQ (RABBITMQ_DIST_PORT)" "$RUN/rabbitmq/pid" || bad=1
        check_port "$RABBITMQ_EPMD_PORT" "RabbitMQ's epmd (RABBITMQ_EPMD_PORT)" "$RUN/rabbitmq/epmd.pid" || bad=1
    fi
    for service in "${SERVICES[@]}"; do
        check_port "$(http_port "$service")" "$service ($(variable_of "$service")_PORT)" "$RUN/$service.pid" || bad=1
        check_port "$(ops_port "$service")" "$service ($(variable_of "$service")_OPS_PORT)" "$RUN/$service.pid" || bad=1
    done
    [ $bad = 0 ] || die "free these ports, name others in the environment, or move all with PORT_OFFSET"
    [ ${#ports_to_bind[@]} = 0 ] || await_bindable "${ports_to_bind[@]}"
}

service_exe() { printf '%s' "$ROOT/build/$PRESET/bin/$1"; }

# The one that runs, unless it was built anew since.
runs_current() { # service
    local pid
    pid=$(pid_alive "$RUN/$1.pid") && [ "$(readlink "/proc/$pid/exe")" = "$(service_exe "$1")" ]
}

start_service() { # service
    local log=$RUN/log/$1.log port
    runs_current "$1" && return
    pid_stop "$RUN/$1.pid" 25
    port=$(http_port "$1")
    [ ! -f "$log" ] || mv "$log" "$log.1"
    spawn "$RUN/$1.pid" "$log" env -u PORT ${port:+PORT=$port} OPS_PORT="$(ops_port "$1")" "$(service_exe "$1")"
    printf '%s %s\n' "${port:--}" "$(ops_port "$1")" >"$RUN/$1.ports"
}

is_ready() { # ops-port
    curl -fs -m 2 -o /dev/null "http://127.0.0.1:$1/readyz"
}

await_ready() { # service
    local until=$((SECONDS + ${READY_TIMEOUT:-30})) why=
    until is_ready "$(ops_port "$1")"; do
        [ -n "$(pid_alive "$RUN/$1.pid")" ] || why="ended"
        [ $SECONDS -lt $until ] || why="is not ready after ${READY_TIMEOUT:-30} s"
        [ -z "$why" ] || die "$1 $why; the end of its log:" "$(tail -n 20 "$RUN/log/$1.log")"
        sleep 0.1
    done
}

lock_stack() {
    exec 9>"$RUN/lock"
    flock -w 120 9 || die "another ./dev up or down is at work"
}

# People, contacts and listings to play with; never beside the real telephone.
load_demo_data() {
    pg_psql "$DATABASE_URL" -q -v ON_ERROR_STOP=1 <"$ROOT/services/api-gateway/demo_data.sql" >/dev/null ||
        die "the demo data could not be loaded"
}

start_peers() {
    [ -z "${PRIVATE_RABBITMQ:-}" ] ||
        mq_start "$RUN/rabbitmq" "$RABBITMQ_PORT" "$RABBITMQ_EPMD_PORT" "$RABBITMQ_DIST_PORT"
    [ -z "${PRIVATE_POSTGRES:-}" ] || pg_start "$RUN/postgres" "$POSTGRES_PORT"
    migrate "$DATABASE_URL"
    [ "$TWILIO_API_URL" = https://api.twilio.com ] || load_demo_data
    [ -z "${PRIVATE_RABBITMQ:-}" ] || mq_await "$RUN/rabbitmq" "$RABBITMQ_PORT"
}

cmd_up() {
    local service
    cmd_install
    build "$PRESET"
    build_dashboard
    stack_env
    lock_stack
    mkdir -p "$RUN/log"
    check_ports
    say "Starting ${PRIVATE_POSTGRES:+postgresql }${PRIVATE_RABBITMQ:+rabbitmq }${SERVICES[*]}"
    start_peers
    cd "$ROOT"
    for service in "${SERVICES[@]}"; do
        start_service "$service"
    done
    for service in "${SERVICES[@]}"; do
        await_ready "$service"
    done
    exec 9>&-
    say "Ready: $API_URL"
}

cmd_down() {
    local i service all=(sandbox "${SERVICES[@]}")
    lock_stack
    for ((i = ${#all[@]} - 1; i >= 0; i--)); do
        service=${all[i]}
        pid_stop "$RUN/$service.pid" 25
        rm -f "$RUN/$service.ports"
    done
    mq_stop "$RUN/rabbitmq"
    pg_stop "$RUN/postgres"
    with_sweep
}

table_row() { printf '%-18s %8s %6s %6s %-6s %8s\n' "$@"; }

status_peer() { # name pid port
    local ready=no
    [ -n "$2" ] && port_open "$3" && ready=yes
    table_row "$1" "${2:--}" "$3" - $ready "$([ -z "$2" ] || rss_mb "$2")"
    [ $ready = yes ]
}

status_service() { # name
    local pid port=- ops ready=no
    ops=$(ops_port "$1")
    pid=$(pid_alive "$RUN/$1.pid") || true
    [ -z "$pid" ] || read -r port ops <"$RUN/$1.ports"
    [ -z "$pid" ] || ! is_ready "$ops" || ready=yes
    table_row "$1" "${pid:--}" "$port" "$ops" $ready "$([ -z "$pid" ] || rss_mb "$pid")"
    [ $ready = yes ]
}

services_rss() {
    local service pid
    for service in "${SERVICES[@]}"; do
        [ "$service" = sandbox ] || ! pid=$(pid_alive "$RUN/$service.pid") || rss_mb "$pid" | grep .
    done | awk '{ sum += $1 } END { printf "%.1f", sum }'
}

status_table() {
    local service bad=0
    table_row process pid port ops ready "RSS MB"
    if [ -n "${PRIVATE_POSTGRES:-}" ]; then
        status_peer postgresql "$(pg_pid "$RUN/postgres" || true)" "$POSTGRES_PORT" || bad=1
    fi
    if [ -n "${PRIVATE_RABBITMQ:-}" ]; then
        status_peer rabbitmq "$(pid_alive "$RUN/rabbitmq/pid" || true)" "$RABBITMQ_PORT" || bad=1
    fi
    for service in "${SERVICES[@]}"; do
        status_service "$service" || bad=1
    done
    table_row "the five services" "" "" "" "" "$(services_rss)"
    return $bad
}

cmd_status() {
    stack_env
    status_table
}

cmd_logs() { # [service...]
    local files=() name
    for name; do
        [ -f "$RUN/log/$name.log" ] || die "no log of '$name'; there are: $(cd "$RUN/log" 2>/dev/null && echo *.log)"
        files+=("$RUN/log/$name.log")
    done
    [ ${#files[@]} -gt 0 ] || files=("$RUN"/log/*.log)
    [ -f "${files[0]}" ] || die "no logs yet: ./dev up"
    if [ -t 1 ]; then exec tail -n 50 -F "${files[@]}"; else exec tail -n 200 "${files[@]}"; fi
}
