/* Messages that nobody could work on, for an admin: why, and back or away. Never what is in them. */
#include "api.h"
#include "auth.h"
#include "base/clock.h"
#include "gateway.h"
#include "io/js.h"
#include "routes.h"
#include "voice/dead.h"
#include <stdlib.h>
#include <string.h>

#define LIST_MAX   200
#define FIND_MAX   10000
#define LETTER_MAX (2u << 20)
#define LETTER_MS  5000

/* True: that was the one. */
typedef enum err letter_fn(struct req *r, struct scope *s, const struct mq_letter *l, void *arg,
                           bool *done);

/* Each letter has memory of its own: a body is larger than what a request may take. */
static enum err await_letter(struct req *r, letter_fn *fn, void *arg, bool *done)
{
    struct mq_letter l;
    struct scope s;
    scope_init_sized(&s, LETTER_MS, LETTER_MAX);
    s.db_role = r->scope.db_role;
    enum err e = await_get(&s, DEAD_QUEUE, &l);
    if (!e)
        e = fn(r, &s, &l, arg, done);
    if (e && e != ERR_MISSING)
        r->scope.fault = s.fault;
    scope_fini(&s);
    return e;
}

/* The oldest first, up to the end, the one that was meant, or so many. */
static enum err await_letters(struct req *r, int most, letter_fn *fn, void *arg, bool *done)
{
    enum err e = OK;
    TRY(await_auth_prove(r));
    await_mq_look();
    for (int i = 0; !e && !*done && i < most && clock_left(r->scope.deadline); i++)
        e = await_letter(r, fn, arg, done);
    mq_look_end();
    return e == ERR_MISSING && !*r->scope.fault.message ? OK : e;
}

/* ---- the list ---- */

struct list_wish {
    struct js *items;
    long long total;
};

static const char *made_at(struct scope *s, const struct mq_letter *l)
{
    char text[25];
    uint64_t ms = dead_made_ms(l);
    clock_rfc3339(ms, text);
    return ms ? arena_strdup(s->arena, text) : NULL;
}

static enum err put_letter(struct req *r, struct scope *s, const struct mq_letter *l, void *arg,
                           bool *done)
{
    struct list_wish *w = arg;
    struct js *j = js_object(&r->scope);
    const char *tries = letter_header(s, l, "x-tries");
    (void)done;
    js_set_text(j, "id", dead_masked(s, l->id));
    js_set_text(j, "type", l->type);
    js_set_text(j, "queue", dead_queue(s, l));
    js_set_text(j, "reason", dead_masked(s, dead_reason(s, l)));
    js_set_int(j, "tries", tries ? atoi(tries) : 1);
    js_set_text(j, "made_at", made_at(s, l));
    js_push(w->items, j);
    w->total = (long long)js_count(w->items) + l->left;
    return OK;
}

/* GET /admin/dead-letters: the oldest 200. */
enum err dead_letters_list(struct req *r)
{
    bool done = false;
    struct list_wish w = {.items = js_array(&r->scope)};
    TRY(await_letters(r, LIST_MAX, put_letter, &w, &done));
    struct js *j = js_object(&r->scope);
    js_set(j, "items", w.items);
    js_set_int(j, "total", w.total);
    return api_reply(r, 200, js_dump(&r->scope, j));
}

/* ---- one of them ---- */

struct one_wish {
    const char *id;
    bool replay;
    const char *where; /* the request's */
};

static enum err await_one(struct req *r, struct scope *s, const struct mq_letter *l, void *arg,
                          bool *done)
{
    struct one_wish *w = arg;
    const char *where = NULL;
    const struct dead_actor who = {"admin", api_who(r)->id, r->client};
    if (strcmp(l->id, w->id) != 0)
        return OK;
    *done = true;
    TRY(await_dead_note(s, &who, w->replay ? "dead.replay" : "dead.drop", l));
    if (w->replay)
        TRY(await_dead_replay(s, l, cfg.amqp_prefix, &where));
    else
        letter_take(l);
    w->where = arena_strdup(r->scope.arena, where);
    return OK;
}

static enum err await_decision(struct req *r, bool replay)
{
    bool done = false;
    struct one_wish w = {.replay = replay};
    TRY(api_id(r, "letter_id", &w.id));
    TRY(await_letters(r, FIND_MAX, await_one, &w, &done));
    if (!done)
        return api_missing(r, "dead letter");
    struct js *j = js_object(&r->scope);
    js_set_text(j, "id", w.id);
    js_set_text(j, "queue", w.where);
    js_set_text(j, "status", replay ? "replayed" : "dropped");
    return api_reply(r, 200, js_dump(&r->scope, j));
}

enum err dead_letters_replay(struct req *r)
{
    return await_decision(r, true);
}

enum err dead_letters_drop(struct req *r)
{
    return await_decision(r, false);
}
