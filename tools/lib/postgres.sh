# A private PostgreSQL in a folder of ours: loopback only, no password, role voice is its superuser.

pg_bin() {
    local found
    found=$(printf '%s\n' /usr/lib/postgresql/*/bin/postgres | sort -V | tail -n 1)
    [ -x "$found" ] || die "PostgreSQL is not installed: ./dev install"
    printf '%s' "${found%/postgres}"
}

# PostgreSQL refuses to run as root. Its own user may not be able to reach a clone below a private
# folder; then it gets the right to pass through, and nothing else.
as_postgres() { # dir command...
    local dir=$1 user=(setpriv --reuid=postgres --regid=postgres --clear-groups)
    shift
    if [ "$(id -u)" != 0 ]; then
        (cd / && exec "$@")
    elif (cd / && "${user[@]}" test -x "$dir") 2>/dev/null; then
        (cd / && exec "${user[@]}" "$@")
    else
        (cd / && exec "${user[@]}" --inh-caps=+dac_override --ambient-caps=+dac_override "$@")
    fi
}

pg_create() { # dir
    mkdir -p "$1"
    [ "$(id -u)" != 0 ] || chown postgres "$1"
    as_postgres "$1" env LC_ALL=C.UTF-8 "$(pg_bin)/initdb" -D "$1/data" -U voice --auth=trust \
        --encoding=UTF8 --locale=C.UTF-8 --no-sync >"$1.initdb" 2>&1 ||
        die "initdb failed:" "$(tail -n 20 "$1.initdb")"
    rm -f "$1.initdb"
}

pg_pid() { # dir -> pid of the server that runs on this folder
    local pid
    { read -r pid <"$1/data/postmaster.pid"; } 2>/dev/null || return 1
    tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF -- "$1/data" && printf '%s' "$pid"
}

pg_start() { # dir port [setting...]
    local dir=$1 port=$2 options
    shift 2
    pg_pid "$dir" >/dev/null && return
    [ -f "$dir/data/PG_VERSION" ] || pg_create "$dir"
    options="-p $port -h 127.0.0.1 -c unix_socket_directories= -c shared_buffers=64MB -c max_connections=200"
    for setting; do
        options+=" -c $setting"
    done
    as_postgres "$dir" env LC_ALL=C.UTF-8 "$(pg_bin)/pg_ctl" -D "$dir/data" -l "$dir/log" -s -w -t 60 \
        -o "$options" start 9>&- ||
        die "PostgreSQL did not start on port $port:" "$(tail -n 20 "$dir/log")"
    pg_database "$port"
}

pg_database() { # port
    local url=postgres://voice@127.0.0.1:$1
    [ -n "$(pg_psql "$url/postgres" -Atc "select 1 from pg_database where datname = 'voice'")" ] ||
        pg_psql "$url/postgres" -qc 'create database voice'
}

pg_psql() { "$(pg_bin)/psql" -X -d "$@"; }

pg_stop() { # dir
    pg_pid "$1" >/dev/null || return 0
    as_postgres "$1" "$(pg_bin)/pg_ctl" -D "$1/data" -s -w -t 25 -m fast stop ||
        as_postgres "$1" "$(pg_bin)/pg_ctl" -D "$1/data" -s -w -t 5 -m immediate stop
}

# dbmate's format and table: migrations/0001_name.sql has "-- migrate:up" and "-- migrate:down", each file is one
# transaction. One psql session does it all, so that two of them take turns.
migration_up() { sed -n '/^-- migrate:up/,/^-- migrate:down/{/^-- migrate:/d;p}' "$1"; }

migration_script() {
    local file name version
    cat <<'SQL'
\set QUIET on
\set ON_ERROR_STOP on
set client_min_messages = warning;
select pg_advisory_lock(4711001) \g /dev/null
create table if not exists schema_migrations (version varchar(128) primary key);
SQL
    for file in "$ROOT"/migrations/*.sql; do
        name=${file##*/}
        version=${name%%[!0-9]*}
        [ -n "$version" ] || die "migrations/$name: the name must begin with its number"
        printf "select not exists (select from schema_migrations where version = '%s') as todo \\\\gset\n" "$version"
        printf '\\if :todo\n\\echo migration %s\nbegin;\n' "$name"
        migration_up "$file"
        printf "\n;insert into schema_migrations values ('%s');\ncommit;\n\\\\endif\n" "$version"
    done
}

migrate() { # url
    local script said
    compgen -G "$ROOT/migrations/*.sql" >/dev/null || return 0
    script=$(migration_script)
    said=$(PGCONNECT_TIMEOUT=10 pg_psql "$1" -At <<<"$script" 2>&1) ||
        die "the migrations failed at the last one named here, which was rolled back:" "$said"
    [ -z "$said" ] || say "$said"
}
