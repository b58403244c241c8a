# ./dev trace CALL [--words]: what became of a call, in all services.

cmd_trace() {
    stack_env
    PATH="$(pg_bin):$PATH" exec python3 "$ROOT/tools/trace.py" "$@"
}
