/*
 * Executes documents. Each verb is a function that reads straight down and says how it goes on; what
 * loads another document (Gather's action, Redirect...) leaves it in run->next.
 */
#pragma once
#include "webhook.h"

enum flow { FLOW_NEXT, FLOW_PAGE, FLOW_END }; /* END: gone, redirected by REST, or hung up */

struct run {
    struct call *call;
    struct page *page, *next;
};

void await_documents(struct call *c, struct page *page); /* yours; until the call is gone */

/* For the verbs in listen.c, dial.c and connect.c. */
enum flow await_gather(struct run *r, const struct element *e);
enum flow await_record(struct run *r, const struct element *e);
enum flow await_dial(struct run *r, const struct element *e);
enum flow await_connect(struct run *r, const struct element *e);
/* Say, Play or Pause; stops at limit_ms of the call's own time (0 = none). *played: how long it took. */
enum flow await_prompt(struct run *r, const struct element *e, struct clip *sound,
                       unsigned limit_ms, unsigned *played);
struct clip *await_play_sound(struct run *r, const struct element *e);
/* One voice on the line for the length of its clip; ms = how much of it at most. */
enum wake await_voice(struct call *c, enum who who, struct clip *clip, unsigned ms,
                      const char *text);
/* The person says this. */
enum wake await_person_says(struct call *c, const char *text);
/* Fetch the verb's action (default: the current document) with these parameters. */
enum flow await_action(struct run *r, const struct element *e, const struct params *extra);
/* The hook of an attribute and of its ...Method, resolved; url NULL when absent or wrong. */
struct hook verb_hook(struct run *r, const struct element *e, const char *name);
