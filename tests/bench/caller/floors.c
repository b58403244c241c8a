/* What a turn cannot be faster than: its parts, bare, in the same run. */
#include "base/buf.h"
#include "base/clock.h"
#include "caller.h"
#include "io/httpc.h"
#include "io/mq.h"
#include "messages.h"
#include <stdlib.h>
#include <string.h>

#define TIMES    200
#define REPEATS  10 /* in one call */
#define STEP_MS  5000
#define TEXT_MAX 65536

static void put(struct buf *b, uint64_t us)
{
    buf_printf(b, "%s%llu", b->n ? "," : "", (unsigned long long)us);
}

/* ---- HTTP: a path that is none, there and back ---- */

static enum err await_gets(struct scope *s, const char *url, struct buf *times)
{
    for (int i = 0; i < TIMES; i++) {
        struct http_answer answer;
        uint64_t began = clock_us();
        TRY(await_http(s, &(struct http_ask){.method = "GET", .url = url}, &answer));
        put(times, clock_us() - began);
    }
    return OK;
}

/* ---- the broker: the replica is asked for a clip that is none ---- */

static const char *replica_of(struct scope *s, const char *gather)
{
    const char *at = strstr(gather, "replica=");
    if (!at)
        return "";
    struct form query;
    return form_parse(s, at, strlen(at), 8, &query) ? "" : form_get(&query, "replica");
}

static enum err await_rpcs(struct scope *s, const char *replica, struct buf *times)
{
    for (int i = 0; i < TIMES; i++) {
        struct scope one;
        struct mq_answer answer;
        scope_init(&one, STEP_MS);
        uint64_t began = clock_us();
        enum err e = await_rpc(
            &one,
            &(struct mq_out){.key = replica,
                             .type = TURN_AUDIO,
                             .transient = true,
                             .body = turn_audio_encode(&one, &(struct turn_audio){.clip = "none"})},
            &answer);
        put(times, clock_us() - began);
        bool answered = e == ERR_MISSING && strcmp(one.fault.message, "no such clip") == 0;
        if (!answered)
            return fail(s, ERR_UPSTREAM, NULL, NULL, "rpc: %s %.80s %s", err_name(e), replica,
                        one.fault.message);
        scope_fini(&one);
    }
    return OK;
}

/* ---- a turn without the model, its sound in memory ---- */

static enum err await_repeats(struct scope *s, struct buf *times, struct buf *rpcs)
{
    enum err e = OK;
    for (int n = 0; n < TIMES && !e; n += REPEATS) {
        struct call c;
        uint64_t us;
        call_init(&c, CALLERS_MAX);
        e = await_call_answer(&c);
        for (int i = 0; i < REPEATS && !e; i++)
            if ((e = await_call_repeat(&c, &us)) == OK)
                put(times, us);
        if (!e && n == 0)
            e = await_rpcs(s, replica_of(s, c.gather), rpcs);
        if (!e)
            e = await_call_hang_up(&c);
        call_fini(&c);
    }
    return e;
}

/* {"own": [...], "http": [...], "rpc": [...], "repeat": [...]}, us */
enum err floors(struct req *r)
{
    struct arena *a = r->scope.arena;
    struct buf own = buf_in(a, TEXT_MAX), http = own, rpc = own, repeat = own;
    const char *self = arena_printf(a, "http://127.0.0.1:%d/bench/nothing", cfg.port);
    TRY(await_gets(&r->scope, self, &own));
    TRY(await_gets(&r->scope, url_under(a, cfg.public_url, "/nothing"), &http));
    TRY(await_repeats(&r->scope, &repeat, &rpc));
    return req_reply(r, 200,
                     arena_printf(a, "{\"own\":[%s],\"http\":[%s],\"rpc\":[%s],\"repeat\":[%s]}",
                                  own.p, http.p, rpc.p, repeat.p));
}

enum err nothing(struct req *r)
{
    return req_reply(r, 200, "{}");
}
