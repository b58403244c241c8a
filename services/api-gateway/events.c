/*
 * Live events (server-sent events). An agent hears of its calls, their turns and its batches; an admin sees
 * counters only. Every event is how something is now, not what changed: hearing it twice does no harm, and
 * coming back with Last-Event-ID may bring the last seconds again, never less than what was missed.
 */
#include "api.h"
#include "auth.h"
#include "base/buf.h"
#include "base/clock.h"
#include "feed.h"
#include "routes.h"
#include "sql.h"
#include "loop/task.h"
#include "watch.h"
#include <string.h>

#define BEAT_MS  15000 /* a sign of life, and a look whether the session still holds */
#define WRITE_MS 10000 /* who has not taken what we wrote by then is dropped */
#define COUNT_MS 1000  /* between counters */
#define REPLAY   "1000"
#define STEP_MS  5000

static enum err await_write(struct req *r, const char *text, size_t n)
{
    r->scope.deadline = clock_ms() + WRITE_MS;
    return await_req_write(r, text, n);
}

static enum err await_write_event(struct req *r, const char *id, const char *event,
                                  const char *json)
{
    struct buf b = BUF(EVENT_BYTES(json));
    event_put(&b, id, event, json);
    enum err e = await_write(r, b.p, b.n);
    buf_free(&b);
    return e;
}

/* What is read for a listener is given back at once: it may stay for hours. */
static void step_begin(struct scope *s, const struct req *r)
{
    scope_init(s, STEP_MS);
    s->db_role = r->scope.db_role;
    s->tenant = r->scope.tenant;
}

static enum err begin_stream(struct req *r)
{
    req_set_header(r, "X-Accel-Buffering", "no"); /* a front must not collect events */
    return req_stream(r, 200, "text/event-stream", -1);
}

/* Sessions belong to the gateway itself: no role, no tenant. */
static enum err await_session_holds(struct req *r)
{
    struct scope s;
    struct rows *session = NULL;
    scope_init(&s, STEP_MS);
    enum err e = await_db(&s, &SQL_session_holds, &session, api_who(r)->token_hash);
    bool holds = !e && session->n;
    scope_fini(&s);
    return e ? e : holds ? OK : ERR_UNAUTHENTICATED;
}

/* ---- an agent's ---- */

static enum err await_ready(struct req *r, struct scope *s)
{
    struct rows *now;
    TRY(await_db(s, &SQL_events_begin, &now, api_who(r)->id));
    return await_write_event(r, row(now, 0, "id"), "ready", row(now, 0, "data"));
}

/* What was missed; or, when that is too much or too long ago, the word that everything is to be read anew. */
static enum err await_replay(struct req *r, struct scope *s, const char *last)
{
    struct rows *missed;
    enum err e = await_db(s, &SQL_events_since, &missed, api_who(r)->id, last, REPLAY);
    if (e && e != ERR_TOO_BIG)
        return e;
    if (e || !missed->n || row_true(missed, 0, "too_many")) {
        TRY(await_write_event(r, NULL, "reset", "{}"));
        return await_ready(r, s);
    }
    for (int i = 0; i < missed->n; i++)
        if (row(missed, i, "data"))
            TRY(await_write_event(r, row(missed, i, "id"), row(missed, i, "type"),
                                  row(missed, i, "data")));
    return OK;
}

static enum err await_opening(struct req *r)
{
    struct scope s;
    const char *last = req_header(r, "Last-Event-ID");
    step_begin(&s, r);
    enum err e = last ? await_replay(r, &s, last) : await_ready(r, &s);
    scope_fini(&s);
    return e;
}

static enum err await_beat(struct req *r, struct listener *l)
{
    l->suspect = false;
    TRY(await_session_holds(r));
    return await_write(r, ":\n\n", 3);
}

static enum err await_tell(struct req *r, struct listener *l)
{
    enum err e = await_opening(r);
    while (!e && !l->over) {
        struct frame *f = await_frame(l, clock_ms() + BEAT_MS);
        if (f)
            e = await_write(r, f->text, f->n);
        else if (!l->over)
            e = await_beat(r, l);
        frame_drop(f);
    }
    return e;
}

/* GET /agent/events: listening begins before the first look, so nothing falls in between. */
enum err events_agent(struct req *r)
{
    struct listener l;
    TRY(await_auth_prove(r));
    if (!feed_join(&l, api_who(r)->id))
        return fail(&r->scope, ERR_BUSY, NULL, NULL, "no more listeners now");
    enum err e = begin_stream(r);
    if (!e)
        e = await_tell(r, &l);
    feed_leave(&l);
    return e;
}

/* ---- an admin's ---- */

static enum err await_count(struct req *r)
{
    struct scope s;
    struct rows *counters;
    TRY(await_session_holds(r));
    step_begin(&s, r);
    enum err e = await_db(&s, &SQL_events_counters, &counters);
    if (!e)
        e = await_write_event(r, NULL, "counters", row(counters, 0, "data"));
    scope_fini(&s);
    return e;
}

/* GET /admin/events: when any call has moved, at most once a second, and every 15 seconds. */
enum err events_admin(struct req *r)
{
    struct watch w;
    TRY(await_auth_prove(r));
    watch_begin(&w, WATCH_ANY_CALL);
    enum err e = begin_stream(r);
    while (!e && !feed_closed()) {
        e = await_count(r);
        await_sleep(COUNT_MS);
        await_watch_change(&w, clock_ms() + BEAT_MS);
    }
    watch_end(&w);
    return e;
}
