# ./dev with CMD...: a throwaway PostgreSQL and RabbitMQ around one command.

with_stop() { # dir
    pg_stop "$1/postgres"
    mq_stop "$1/rabbitmq"
    rm -rf "$1"
}

# What a killed run has left behind.
with_sweep() {
    local dir
    for dir in "$RUN"/with.*; do
        [ -d "$dir" ] && [ -f "$dir/owner" ] || continue
        pid_alive "$dir/owner" >/dev/null || with_stop "$dir"
    done
}

cmd_with() { # command...
    [ $# -gt 0 ] || die "usage: ./dev with COMMAND..."
    local dir status=0 ports settings
    with_sweep
    dir=$(mktemp -d "$RUN/with.XXXXXX")
    pid_save "$dir/owner" $$
    chmod 755 "$dir"
    WITH_DIR=$dir
    trap "with_stop '$dir'" EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    read -r -a ports < <(free_ports 4)
    RABBITMQ_MEMORY=1GB mq_start "$dir/rabbitmq" "${ports[1]}" "${ports[2]}" "${ports[3]}"
    [ -n "${WITH_DURABLE:-}" ] || settings=(fsync=off synchronous_commit=off full_page_writes=off)
    pg_start "$dir/postgres" "${ports[0]}" ${settings+"${settings[@]}"}
    export TEST_DATABASE_URL=postgres://voice@127.0.0.1:${ports[0]}/voice
    migrate "$TEST_DATABASE_URL" >/dev/null
    mq_await "$dir/rabbitmq" "${ports[1]}"
    export TEST_AMQP_URL=amqp://guest:guest@127.0.0.1:${ports[1]}/%2f
    export TEST_RABBITMQCTL=$dir/rabbitmq/rabbitmqctl
    # Hundreds of worlds leave their queues behind, and each takes memory: who is not used any more goes.
    "$TEST_RABBITMQCTL" -q set_policy forgotten '.*' '{"expires":180000}' --apply-to queues
    "$@" || status=$?
    exit $status
}
