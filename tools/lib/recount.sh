# ./dev recount [--fix]: are the statistics what the calls say?

cmd_recount() { # [--fix]
    stack_env
    [ -x "$(service_exe stats-aggregator)" ] || build "$PRESET" >&2
    exec "$(service_exe stats-aggregator)" --recount "$@"
}
