/* Bare libpq: one row updated by its key per transaction, one after the other on one connection. */
#include "floor.h"
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROWS 1000

static PGresult *check(PGconn *c, PGresult *r)
{
    ExecStatusType s = PQresultStatus(r);
    if (s != PGRES_COMMAND_OK && s != PGRES_TUPLES_OK) {
        fprintf(stderr, "floor: %s\n", PQerrorMessage(c));
        exit(1);
    }
    return r;
}

static void run(PGconn *c, const char *statement)
{
    PQclear(check(c, PQexec(c, statement)));
}

int floor_commits(const char *url, int n)
{
    PGconn *c = PQconnectdb(url);
    run(c, "create table floor (id int primary key, n int) with (fillfactor = 50)");
    run(c, "insert into floor select n, 0 from generate_series(0, 999) n");
    PQclear(
        check(c, PQprepare(c, "one", "update floor set n = n + 1 where id = $1", 1, (Oid[]){23})));
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (int i = 0; i < n; i++) {
        char id[16];
        snprintf(id, sizeof id, "%d", i * 7 % ROWS);
        PQclear(check(c, PQexecPrepared(c, "one", 1, (const char *[]){id}, NULL, NULL, 0)));
    }
    clock_gettime(CLOCK_MONOTONIC, &to);
    run(c, "drop table floor");
    printf("{\"n\":%d,\"seconds\":%.4f}\n", n,
           (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9);
    PQfinish(c);
    return 0;
}
