# ./dev user: accounts of an installation. The password goes to va-user by the terminal or by stdin.

cmd_user() {
    stack_env
    [ -x "$(service_exe va-user)" ] || build "$PRESET" >&2
    [ -n "${1:-}" ] || set -- --help
    exec "$(service_exe va-user)" "$@"
}
