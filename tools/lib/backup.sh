# ./dev backup and ./dev restore: everything that is not made again by itself. The broker is left out: its queues are
# declared by the services, and what was on its way comes again from the outbox and the reconciler.

# The va_* roles belong to the server, not to the database; without them no grant of the dump could be restored.
ROLES_SQL="select format('do \$do\$ begin create role %I nologin; exception when duplicate_object then null; end \$do\$;', rolname)
    from pg_roles where rolname like 'va\\_%' order by 1;
select format('grant %s to %s;', g.rolname, case when m.rolname like 'va\\_%' then quote_ident(m.rolname) else 'current_user' end)
    from pg_auth_members join pg_roles g on g.oid = roleid join pg_roles m on m.oid = member
    where g.rolname like 'va\\_%' and (m.rolname like 'va\\_%' or m.rolname = current_user) order by 1"

recording_dir() { # -> the folder of RECORDING_STORE, when it is one
    [[ ${RECORDING_STORE:-} != dir:* ]] || printf '%s' "${RECORDING_STORE#dir:}"
}

# The secrets that ./dev made itself; those that were given are their owner's to keep.
made_secrets() {
    given LINK_SECRET || echo link
    given TWILIO_ACCOUNT_SID || given TWILIO_AUTH_TOKEN || echo twilio
}

# stack_env exports what it makes, so what was given is asked before.
backup_env() {
    read_dotenv
    MADE_SECRETS=$(made_secrets)
    stack_env
}

backup_files() { # dir
    local name recordings
    for name in $MADE_SECRETS; do
        cp "$RUN/secret.$name" "$1/"
    done
    [ ! -f "$ROOT/.env" ] || cp "$ROOT/.env" "$1/env"
    [ -z "${SANDBOX:-}" ] || [ ! -f "$SANDBOX_STATE" ] || cp "$SANDBOX_STATE" "$1/sandbox.json"
    recordings=$(recording_dir)
    # After the dump: every recording that it names is here, unless it was deleted meanwhile.
    [ -z "$recordings" ] || [ ! -d "$recordings" ] || tar -C "$recordings" -cf "$1/recordings.tar" .
}

cmd_backup() { # [folder]
    local to=${1:-$ROOT/backups/$(date -u +%Y%m%dT%H%M%SZ)} part
    part=$to.part
    backup_env
    [ ! -e "$to" ] || die "$to is there already"
    umask 077
    rm -rf "$part" && mkdir -p "$part"
    # What others keep in other schemas of this database is theirs.
    "$(pg_bin)/pg_dump" -d "$DATABASE_URL" -n public -e '*' -Fc -f "$part/voice.dump" || die "pg_dump has failed; no backup was made"
    pg_psql "$DATABASE_URL" -qAt -v ON_ERROR_STOP=1 -c "$ROLES_SQL" >"$part/roles.sql"
    backup_files "$part"
    (cd "$part" && sha256sum -- * >SHA256SUMS)
    mv "$part" "$to"
    say "$to: $(du -sh "$to" | cut -f1), $(pg_psql "$DATABASE_URL" -qAtc 'select count(*) from calls') calls"
}

check_backup() { # dir
    [ -f "$1/SHA256SUMS" ] || die "$1 is no backup"
    (cd "$1" && sha256sum --quiet -c SHA256SUMS) || die "$1 is damaged; nothing was changed"
}

# A service that ran meanwhile would write into what is being laid.
nobody_works() {
    local service others
    [ -z "${PRIVATE_POSTGRES:-}" ] || for service in "${SERVICES[@]}"; do
        [ -z "$(pid_alive "$RUN/$service.pid")" ] || die "$service runs: ./dev down first"
    done
    others=$(pg_psql "$DATABASE_URL" -qAtc "select string_agg(distinct application_name, ', ') from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'")
    [ -z "$others" ] || die "others are connected to the database: $others"
}

make_room() { # [--replace]
    local tables
    tables=$(pg_psql "$DATABASE_URL" -qAtc "select count(*) from pg_tables where schemaname = 'public'")
    [ "$tables" = 0 ] || [ "${1:-}" = --replace ] || die "the database holds $tables tables; --replace drops them"
    pg_psql "$DATABASE_URL" -qAt -v ON_ERROR_STOP=1 \
        -c 'set client_min_messages = warning; drop schema if exists public cascade; create schema public;
            alter schema public owner to pg_database_owner; grant usage on schema public to public'
}

restore_files() { # dir
    local name recordings
    for name in $MADE_SECRETS; do
        [ ! -f "$1/secret.$name" ] || install -m 600 "$1/secret.$name" "$RUN/"
    done
    [ -z "${SANDBOX:-}" ] || [ ! -f "$1/sandbox.json" ] || cp "$1/sandbox.json" "$SANDBOX_STATE"
    [ -f "$1/recordings.tar" ] || return 0
    recordings=$(recording_dir)
    [ -n "$recordings" ] || die "the backup has recordings: set RECORDING_STORE to dir:FOLDER"
    mkdir -p "$recordings"
    tar -C "$recordings" -xf "$1/recordings.tar"
}

cmd_restore() { # folder [--replace]
    [ -n "${1:-}" ] || die "usage: ./dev restore FOLDER [--replace]"
    check_backup "$1"
    backup_env
    lock_stack
    [ -z "${PRIVATE_POSTGRES:-}" ] || pg_start "$RUN/postgres" "$POSTGRES_PORT"
    nobody_works
    make_room "${2:-}"
    pg_psql "$DATABASE_URL" -q -v ON_ERROR_STOP=1 -f "$1/roles.sql"
    # The schema itself is there already, as a new database has it.
    "$(pg_bin)/pg_restore" -l "$1/voice.dump" | grep -v ' SCHEMA - public ' >"$RUN/restore.list"
    "$(pg_bin)/pg_restore" -d "$DATABASE_URL" -1 -L "$RUN/restore.list" "$1/voice.dump" ||
        die "pg_restore has failed; the database is empty now, the backup as it was"
    restore_files "$1"
    migrate "$DATABASE_URL" # a backup may be older than the code
    say "restored: $(pg_psql "$DATABASE_URL" -qAtc 'select count(*) from calls') calls. Now ./dev up"
    [ ! -f "$1/env" ] || cmp -s "$1/env" "$ROOT/.env" || say "Its .env, $1/env, is not the one that is here."
}
