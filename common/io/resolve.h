/*
 * Names to addresses without stopping the loop, for a library whose own look-up would block.
 *
 *     if (resolve_needed("db1,10.0.0.2,/run/postgresql"))
 *         r = resolve_start("db1,10.0.0.2,/run/postgresql", turn, on_resolved, self);
 *
 * The answer has one entry per host: "192.0.2.7,10.0.0.2," (a socket's path stays empty). A name
 * with several addresses gives the turn-th, so that a caller who counts its attempts tries them
 * all. How long a look-up takes is up to the system's resolver.
 */
#pragma once
#include <stdbool.h>

#define RESOLVE_MAX 512 /* length of a host list and of its addresses */

struct resolve;
typedef void resolve_done(void *arg, const char *addresses, const char *why); /* both borrowed */

bool resolve_needed(const char *hosts);
struct resolve *resolve_start(const char *hosts, unsigned turn, resolve_done *cb, void *arg);
void resolve_cancel(struct resolve **r); /* cb will not be called; *r becomes NULL */
