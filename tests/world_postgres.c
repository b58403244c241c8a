#include "world_postgres.h"
#include "world_bash.h"
#include "base/die.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void bash_for(const struct postgres *pg, const char *format)
{
    char line[512], out[256];
    snprintf(line, sizeof line, "dir=%s port=%d; %s", pg->dir, pg->port, format);
    world_bash(line, out, sizeof out);
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
    world_bash("free_ports 1", port, sizeof port);
    strcpy(pg->dir, "/tmp/va-postgres.XXXXXX");
    CHECK(mkdtemp(pg->dir));
    pg->port = atoi(port);
    snprintf(pg->url, sizeof pg->url, "postgres://voice@127.0.0.1:%d/voice", pg->port);
    postgres_start(pg);
}

void postgres_migrate(const struct postgres *pg)
{
    char line[160], out[4096];
    snprintf(line, sizeof line, "migrate %s", pg->url);
    world_bash(line, out, sizeof out);
}

void postgres_down(struct postgres *pg)
{
    bash_for(pg, "pg_stop $dir; rm -rf $dir");
}
