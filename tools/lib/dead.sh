# ./dev dead: messages that nobody could work on.

cmd_dead() {
    stack_env
    [ -x "$(service_exe va-dead)" ] || build "$PRESET" >&2
    [ -n "${1:-}" ] || set -- list
    exec "$(service_exe va-dead)" "$@"
}
