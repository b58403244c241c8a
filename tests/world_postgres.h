/*
 * A PostgreSQL of the test's own, which it may stop, kill and freeze. Role and database: voice.
 *
 *     struct postgres pg;
 *     postgres_up(&pg);
 *     ... pg.url ...
 *     postgres_down(&pg);
 */
#pragma once

struct postgres {
    char dir[64];
    int port;
    char url[96];
};

void postgres_up(struct postgres *pg);
void postgres_kill(const struct postgres *pg);    /* stop without saying goodbye ("immediate") */
void postgres_start(const struct postgres *pg);   /* again, on the same port and data */
void postgres_migrate(const struct postgres *pg); /* the schema of migrations/ */
void postgres_down(struct postgres *pg);
