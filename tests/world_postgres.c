#include "world_postgres.h"
#include "base/die.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Run a line of bash that knows the functions of tools/lib; what it prints goes to out. */
static void bash(const char *line, char *out, size_t room)
{
    char command[2048];
    setenv("ROOT", VA_ROOT, 1); /* its path may need quoting */
    snprintf(command, sizeof command,
             "exec bash -c 'set -euo pipefail; "
             "warn() { printf \"%%s\\n\" \"$@\" >&2; }; die() { warn \"$@\"; exit 1; }; "
             ". \"$ROOT/tools/lib/proc.sh\"; . \"$ROOT/tools/lib/postgres.sh\"; %s'",
             line);
    FILE *f = must(popen(command, "r"));
    size_t n = fread(out, 1, room - 1, f);
    out[n] = 0;
    if (pclose(f) != 0)
        die("postgres: %s", line);
}

static void bash_for(const struct postgres *pg, const char *format)
{
    char line[512], out[256];
    snprintf(line, sizeof line, "dir=%s port=%d; %s", pg->dir, pg->port, format);
    bash(line, out, sizeof out);
}

void postgres_start(const struct postgres *pg)
{
    bash_for(pg, "pg_start $dir $port fsync=off max_connections=40 shared_buffers=16MB");
}

void postgres_kill(const struct postgres *pg)
{
    bash_for(pg, "as_postgres $dir $(pg_bin)/pg_ctl -D $dir/data -s -w -m immediate stop");
}

void postgres_up(struct postgres *pg)
{
    char port[16];
    bash("free_ports 1", port, sizeof port);
    strcpy(pg->dir, "/tmp/va-postgres.XXXXXX");
    CHECK(mkdtemp(pg->dir));
    pg->port = atoi(port);
    snprintf(pg->url, sizeof pg->url, "postgres://voice@127.0.0.1:%d/voice", pg->port);
    postgres_start(pg);
}

void postgres_down(struct postgres *pg)
{
    bash_for(pg, "pg_stop $dir; rm -rf $dir");
}
