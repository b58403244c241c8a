/*
 * A diagnosis: checks that run side by side, each with a scope and a deadline of its own, and what they
 * found, in the order of their table.
 *
 *     static void await_thing(struct check *c)
 *     {
 *         if (await_something(&c->scope))
 *             found(c, "thing", FAIL, "do this", "it is not there: %s", c->scope.fault.message);
 *         else
 *             found(c, "thing", GOOD, NULL, "it is there");
 *     }
 *
 * What is found is for the eyes of who may ask, and never a secret.
 */
#pragma once
#include "base/scope.h"
#include <stdint.h>

enum state { GOOD, WARN, FAIL };

#define FINDINGS_MAX 12
struct finding {
    const char *name;
    enum state state;
    const char *text, *remedy; /* remedy NULL: nothing is to be done */
};

struct check {
    struct scope scope; /* its role and tenant are who asks */
    const char *agent;  /* NULL: an admin's */
    struct finding findings[FINDINGS_MAX];
    int n;
    uint64_t ms; /* that it took */
    struct checks *all;
};
typedef void check_fn(struct check *c);

void found(struct check *c, const char *name, enum state state, const char *remedy, const char *fmt,
           ...) __attribute__((format(printf, 5, 6)));

/* Another machine's clock, clock_wall_ms() of it now, beside ours. */
void found_clock(struct check *c, const char *name, uint64_t theirs);

/* ---- the checks ---- */

check_fn await_check_database, await_check_broker, await_check_services, await_check_dialing;
check_fn await_check_twilio, await_check_public_url, await_check_numbers, await_check_media;
check_fn await_check_ai;
check_fn await_check_agent, await_check_assistant;
