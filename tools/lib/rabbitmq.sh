# A private RabbitMQ in a folder of ours: own node name, cookie, epmd, and ports, all on loopback.

mq_env() { # dir port epmd-port dist-port: what the server and its tools must know
    cat <<EOT
export HOME='$1' RABBITMQ_NODENAME=voice$2@localhost RABBITMQ_USE_LONGNAME=false
export RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT=$2 RABBITMQ_DIST_PORT=$4
export ERL_EPMD_PORT=$3 ERL_EPMD_ADDRESS=127.0.0.1
export RABBITMQ_CONF_ENV_FILE='$1/env.conf' RABBITMQ_CONFIG_FILE='$1/rabbitmq.conf'
export RABBITMQ_ADVANCED_CONFIG_FILE='$1/advanced.config' RABBITMQ_CONFIG_FILES='$1/conf.d'
export RABBITMQ_ENABLED_PLUGINS_FILE='$1/plugins' RABBITMQ_GENERATED_CONFIG_DIR='$1/generated'
export RABBITMQ_MNESIA_BASE='$1/mnesia' RABBITMQ_LOG_BASE='$1/log' RABBITMQ_SCHEMA_DIR='$1/schema'
export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1} +S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none'
export RABBITMQ_CTL_DIST_PORT_MIN=32000 RABBITMQ_CTL_DIST_PORT_MAX=32700
export LC_ALL=C.UTF-8 ERL_CRASH_DUMP=/dev/null
EOT
}

mq_create() { # dir port epmd-port dist-port
    mkdir -p "$1"
    [ -f "$1/.erlang.cookie" ] || (umask 377 && head -c 24 /dev/urandom | base64 | tr -d '+/=' >"$1/.erlang.cookie")
    mq_env "$@" >"$1/environment"
    : >"$1/env.conf"
    echo '[].' >"$1/plugins"
    printf '%s\n' 'disk_free_limit.absolute = 100MB' "vm_memory_high_watermark.absolute = ${RABBITMQ_MEMORY:-512MB}" \
        'log.console = false' 'log.file.level = warning' >"$1/rabbitmq.conf"
    printf '#!/bin/sh\n. "%s/environment"\nexec /usr/lib/rabbitmq/bin/rabbitmqctl "$@"\n' "$1" >"$1/rabbitmqctl"
    chmod +x "$1/rabbitmqctl"
}

# Launch only, for it takes seconds: mq_await afterwards. RUNNING_UNDER_SYSTEMD makes the script become
# the server, so that its pid is the server's.
mq_start() { # dir port epmd-port dist-port
    local dir=$1
    pid_alive "$dir/pid" >/dev/null && return
    [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || die "RabbitMQ is not installed: ./dev install"
    pid_stop "$dir/epmd.pid" 5
    mq_create "$@"
    spawn "$dir/epmd.pid" "$dir/start.log" epmd -port "$3" -address 127.0.0.1
    spawn "$dir/pid" "$dir/start.log" env RUNNING_UNDER_SYSTEMD=1 \
        sh -c '. "$0/environment"; cd "$0" && exec /usr/lib/rabbitmq/bin/rabbitmq-server' "$dir"
}

mq_await() { # dir port
    await_port "$2" "$1/pid" 90 ||
        die "RabbitMQ did not start on port $2:" "$(tail -n 20 "$1/start.log" "$1"/log/*.log 2>/dev/null)"
}

mq_stop() { # dir
    pid_stop "$1/pid" 25
    pid_stop "$1/epmd.pid" 5
}
