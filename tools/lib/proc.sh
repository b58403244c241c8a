# Processes and ports. A pid file holds "pid start-time", so that a pid which the system has given to
# somebody else since is never mistaken for ours.

proc_start_time() { # pid -> clock ticks since boot
    local stat
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
    stat=${stat##*) } # the name may contain blanks and parentheses
    set -- $stat
    [ "$1" != Z ] && printf '%s' "${20}"
}

pid_save() { # file pid
    local start
    start=$(proc_start_time "$2") || return 1
    printf '%s %s\n' "$2" "$start" >"$1"
}

pid_alive() { # file -> the pid, when that very process still runs
    local pid start
    { read -r pid start <"$1"; } 2>/dev/null || return 1
    [ "$(proc_start_time "$pid")" = "$start" ] && printf '%s' "$pid"
}

# SIGTERM, then SIGKILL after so many seconds. The pid file goes when the process has gone.
pid_stop() { # file seconds
    local pid until=$((SECONDS + $2))
    if pid=$(pid_alive "$1"); then
        kill -TERM "$pid" 2>/dev/null || true
        while pid_alive "$1" >/dev/null; do
            if [ $SECONDS -ge $until ]; then
                warn "${1##*/}: did not stop within $2 s, killing it"
                kill -KILL "$pid" 2>/dev/null || true
                until=$((SECONDS + 5))
            fi
            sleep 0.05
        done
    fi
    rm -f "$1"
}

# Start in a session of its own: Ctrl-C in the terminal is not for it.
spawn() { # pidfile logfile command...
    local pidfile=$1 log=$2
    shift 2
    setsid "$@" </dev/null >>"$log" 2>&1 9>&- &
    pid_save "$pidfile" $! || true # gone at once: whoever waits for it will tell
    disown
}

rss_mb() { # pid
    awk '/^VmRSS:/ { printf "%.1f", $2 / 1024 }' "/proc/$1/status" 2>/dev/null
}

port_taken() { ss -ltnH "sport = :$1" | grep -q .; }

port_owner() { # best effort: the kernel tells only root and the owner
    ss -ltnpH "sport = :$1" | sed -n 's/.*users:(("\([^"]*\)",pid=\([0-9]*\).*/ by \1 (pid \2)/p' | head -n 1
}

# A port of ours may be above 32768, where the kernel picks the near ends of outgoing connections: such
# a connection, or the minute of TIME_WAIT after it, keeps a port that nobody listens on from being bound.
unbindable() { # port... -> those that cannot be bound now
    python3 - "$@" <<'PY'
import socket, sys
for port in sys.argv[1:]:
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers do
    try:
        s.bind(("127.0.0.1", int(port)))
    except OSError:
        print(port)
PY
}

await_bindable() { # port...
    local until=$((SECONDS + 70)) held said=
    while held=$(unbindable "$@") && [ -n "$held" ]; do
        held=${held//$'\n'/, }
        [ $SECONDS -lt $until ] || die "outgoing connections hold on to port $held; PORT_OFFSET moves all"
        [ -n "$said" ] || say "An outgoing connection holds port $held; waiting, 70 s at most"
        said=1
        sleep 0.5
    done
}

# Below the kernel's ephemeral range, so that no outgoing connection can take them meanwhile.
free_ports() { # n
    python3 - "$1" <<'PY'
import random, socket, sys
held = []
while len(held) < int(sys.argv[1]):
    s = socket.socket()
    try:
        s.bind(("127.0.0.1", random.randrange(20000, 32000)))
        held.append(s)
    except OSError:
        pass
print(*(s.getsockname()[1] for s in held))
PY
}

port_open() { (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Wait until a port answers; fails early when its process has gone.
await_port() { # port pidfile seconds
    local until=$((SECONDS + $3))
    until port_open "$1"; do
        pid_alive "$2" >/dev/null || return 1
        [ $SECONDS -lt $until ] || return 1
        sleep 0.1
    done
}
