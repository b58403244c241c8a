/*
 * A batch, and the people it calls: person-1, person-2, ... of agent@demo.test, +12025552001 and so on.
 *
 *     plan_begin("20");                        // calls per second
 *     const char *ids = plan_contacts(6);
 *     plan_people_are("busy", 1, 6);
 *     plan_open(ids, ",\"delay_seconds\":1");
 *     EVENTUALLY_IN(40, !strcmp(plan_state(), "done"));
 *     plan_expect_calls(6, 1);
 */
#pragma once
#include "world.h"

#define AGENT_ID "0193a000-0000-7000-8000-000000000001" /* agent@demo.test */

extern const char *plan_agent; /* a token */
extern const char *plan_id;    /* of the batch that was opened last */

void plan_begin(const char *cps);
const char *plan_contacts(int n); /* where it is day now; their ids as a JSON list */
void plan_people_are(const char *script, int from, int to);

struct answer plan_ask(const char *query, const char *ids, const char *further);
struct answer plan_open(const char *ids, const char *further); /* further: ",\"name\":..." */
const char *plan_batch(void);                                  /* as it stands, JSON */
const char *plan_state(void);
struct answer plan_say(const char *word); /* pause, resume, cancel */

/* Each number that was called, and how often, must be so many, by the network's own ledger. */
void plan_expect_calls(int numbers, int times);
/* Milliseconds between one call and the next as they were posted: the least there was. */
long plan_least_spacing(void);
