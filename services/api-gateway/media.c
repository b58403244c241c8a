/*
 * Recordings. They lie at the provider, behind our credentials; people get a link to this server,
 * which streams them through. The token is "<agent>.<call>.<expiry>.<mac>".
 */
#include "media.h"
#include "api.h"
#include "base/clock.h"
#include "gateway.h"
#include "io/httpc.h"
#include "loop/mailbox.h"
#include "routes.h"
#include "sql.h"
#include "voice/link.h"
#include "voice/twilio.h"
#include <stdio.h>
#include <string.h>

#define LINK_SECONDS 300
#define PURPOSE      "recording"
#define HEAD_MS      8000 /* until the provider begins to answer */
#define PIECES_MAX   16   /* read ahead of a slow listener */

const char *media_link(struct scope *s, const char *agent_id, const char *call_id)
{
    uint64_t until = clock_wall_ms() / 1000 + LINK_SECONDS;
    const char *mac = link_sign(s->arena, cfg.link_secret, PURPOSE, until, agent_id, call_id);
    return arena_printf(s->arena, "%s/media/recordings/%s.%s.%s", cfg.api_url, agent_id, call_id,
                        mac);
}

struct ticket {
    const char *agent, *call;
};

static bool check_ticket(struct scope *s, const char *token, struct ticket *out)
{
    char *agent = arena_strdup(s->arena, token), *call, *mac;
    if (!(call = strchr(agent, '.')) || !(mac = strchr(call + 1, '.')))
        return false;
    *call++ = *mac++ = 0;
    *out = (struct ticket){agent, call};
    return link_check(cfg.link_secret, PURPOSE, mac, agent, call);
}

/* ---- from the provider to the listener ---- */

enum { EV_HEAD, EV_PIECE, EV_END };

struct head {
    int status;
    int64_t length;
    bool audio;
    char type[64], range[64]; /* range "": the answer is the whole */
};

struct playback {
    struct mailbox box;
    struct http_stream *up; /* NULL once it has ended */
};

static void on_head(void *arg, int status, const char *type, int64_t length)
{
    struct playback *p = arg;
    struct head h = {.status = status, .length = length, .audio = !strncmp(type, "audio/", 6)};
    snprintf(h.type, sizeof h.type, "%s", type);
    snprintf(h.range, sizeof h.range, "%s", http_content_range(p->up));
    mailbox_post(&p->box, EV_HEAD, &h, sizeof h);
}

static bool on_piece(void *arg, const char *data, size_t n)
{
    struct playback *p = arg;
    return p->box.count < PIECES_MAX && mailbox_post(&p->box, EV_PIECE, data, n);
}

static void on_end(void *arg, enum err e)
{
    struct playback *p = arg;
    p->up = NULL;
    mailbox_post(&p->box, EV_END, &e, sizeof e);
}

static enum err judge(struct req *r, const struct head *h)
{
    if (h->status == 404 || h->status == 410)
        return fail(&r->scope, ERR_MISSING, "recording_gone", NULL,
                    "the provider no longer has it");
    if ((h->status != 200 && h->status != 206) || !h->audio)
        return fail(&r->scope, ERR_UPSTREAM, NULL, NULL, "the provider did not send audio");
    return OK;
}

static enum err await_forward(struct req *r, struct event *ev, bool *over)
{
    struct head h;
    enum err e;
    switch (ev->kind) {
    case EV_HEAD:
        memcpy(&h, ev->data, sizeof h);
        TRY(judge(r, &h));
        req_set_header(r, "Accept-Ranges", "bytes");
        if (*h.range)
            req_set_header(r, "Content-Range", h.range);
        return req_stream(r, h.status, arena_strdup(r->scope.arena, h.type), h.length);
    case EV_PIECE:
        return await_req_write(r, ev->data, ev->n);
    default:
        memcpy(&e, ev->data, sizeof e);
        *over = true;
        return e == ERR_TOO_BIG ? ERR_UPSTREAM : e;
    }
}

static enum err await_playback(struct req *r, struct playback *p)
{
    bool over = false;
    uint64_t until = clock_ms() + HEAD_MS;
    while (!over) {
        struct event *ev = await_event(&p->box, until);
        if (!ev)
            return fail(&r->scope, ERR_TIMEOUT, NULL, NULL, "the provider does not answer");
        until = r->scope.deadline;
        enum err e = await_forward(r, ev, &over);
        event_free(ev);
        TRY(e);
        if (p->up)
            http_resume(p->up);
    }
    return OK;
}

/* GET /media/recordings/{token}: no account is asked for; the token is the right, the agent is in it. */
enum err media_recording(struct req *r)
{
    static const struct http_stream_h calls_back = {on_head, on_piece, on_end};
    struct ticket ticket;
    struct rows *call;
    if (!check_ticket(&r->scope, req_param(r, "token"), &ticket))
        return fail(&r->scope, ERR_FORBIDDEN, "bad_link", NULL, "the link is wrong or too old");
    r->scope.tenant = ticket.agent;
    r->scope.db_role = "va_agent";
    TRY(await_db(&r->scope, &SQL_media_recording, &call, ticket.agent, ticket.call, r->client));
    if (!call->n)
        return fail(&r->scope, ERR_MISSING, "no_recording", NULL, "this call has no recording");

    const struct twilio account = {cfg.twilio_url, cfg.twilio_account, cfg.twilio_token};
    req_set_header(r, "Cache-Control", "private, no-store");
    struct playback p = {0};
    mailbox_init(&p.box, PIECES_MAX + 2); /* the head and the end always find room */
    p.up = twilio_fetch_recording(&account, row(call, 0, "recording_sid"), req_header(r, "Range"),
                                  clock_left(r->scope.deadline), &calls_back, &p);
    enum err e = await_playback(r, &p);
    if (p.up)
        http_cancel(p.up);
    mailbox_fini(&p.box);
    return e;
}
