/*
 * Recordings. They lie at the provider or in our store, behind our credentials; people get a link to
 * this server, which streams them through. The token is "<agent>.<call>.<expiry>.<mac>".
 */
#include "media.h"
#include "api.h"
#include "base/clock.h"
#include "gateway.h"
#include "routes.h"
#include "sql.h"
#include "voice/link.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LINK_SECONDS 300
#define PURPOSE      "recording"
#define RANGE_DIGITS 18

static struct store store;

bool media_configure(void)
{
    return store_read(cfg.recording_store, cfg.recording_store_key, cfg.recording_store_secret,
                      &store);
}

const struct recording_places *media_places(void)
{
    static struct twilio twilio;
    static const struct recording_places places = {&twilio, &store};
    twilio = (struct twilio){cfg.twilio_url, cfg.twilio_account, cfg.twilio_token};
    return &places;
}

/* ---- links ---- */

enum err media_format(struct req *r, const char **out)
{
    static const char *const formats[] = {"wav", "mp3", NULL};
    struct form q;
    TRY(req_query(r, &q));
    return api_word(r, &q, "format", formats, out);
}

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

/* ---- what the listener asks for ---- */

static bool read_number(const char **p, int64_t *out)
{
    size_t n = strspn(*p, "0123456789");
    if (!n || n > RANGE_DIGITS)
        return false;
    *out = strtoll(*p, NULL, 10);
    *p += n;
    return true;
}

/*
 * One range of bytes. Anything else in that header, several ranges too, is as if it were not there: the
 * whole is what HTTP then wants, and every player can do with it.
 */
static bool read_range(const char *header, struct byte_range *out)
{
    *out = (struct byte_range){-1, -1};
    if (!header || strncasecmp(header, "bytes=", 6) != 0)
        return false;
    const char *p = header + 6;
    bool from = read_number(&p, &out->first);
    if (*p++ != '-')
        return false;
    bool to = read_number(&p, &out->last);
    return !*p && (from || to) && (!from || !to || out->first <= out->last);
}

/* A recording never changes: the name it has tells which one it is. */
static bool wants_range(struct req *r, const char *etag, struct byte_range *out)
{
    const char *condition = req_header(r, "If-Range");
    return (!condition || !strcmp(condition, etag)) && read_range(req_header(r, "Range"), out);
}

/* ---- from where it lies to the listener ---- */

static void put_content_range(struct req *r, const struct recording_head *h)
{
    struct arena *a = r->scope.arena;
    const char *total = h->total < 0 ? "*" : arena_printf(a, "%" PRId64, h->total);
    req_set_header(
        r, "Content-Range",
        h->partial ? arena_printf(a, "bytes %" PRId64 "-%" PRId64 "/%s", h->first, h->last, total)
                   : arena_printf(a, "bytes */%s", total));
}

static enum err begin(struct req *r, const struct recording_head *h)
{
    int64_t length = h->last < 0 ? h->total : h->last - h->first + 1;
    if (h->partial)
        put_content_range(r, h);
    return req_stream(r, h->partial ? 206 : 200, arena_strdup(r->scope.arena, h->type), length);
}

static enum err await_play(struct req *r, const struct recording_ask *ask)
{
    struct recording *rec;
    const char *p = "";
    size_t n = 0;
    enum err e = await_recording_open(&r->scope, media_places(), ask, &rec);
    if (e == ERR_RANGE)
        put_content_range(r, recording_head(rec));
    TRY(e);
    TRY(begin(r, recording_head(rec)));
    if (!strcmp(r->method, "HEAD"))
        return await_req_write(r, p, n);
    do {
        TRY(await_recording_read(&r->scope, rec, &p, &n));
        TRY(await_req_write(r, p, n));
    } while (n);
    return OK;
}

/* GET /media/recordings/{token}: no account is asked for; the token is the right, the agent is in it. */
enum err media_recording(struct req *r)
{
    struct ticket ticket;
    struct rows *call;
    struct byte_range range;
    const char *format;
    TRY(media_format(r, &format));
    if (!check_ticket(&r->scope, req_param(r, "token"), &ticket))
        return fail(&r->scope, ERR_FORBIDDEN, "bad_link", NULL, "the link is wrong or too old");
    r->scope.tenant = ticket.agent;
    r->scope.db_role = "va_agent";
    TRY(await_db(&r->scope, &SQL_media_recording, &call, ticket.agent, ticket.call, r->client));
    if (!call->n)
        return fail(&r->scope, ERR_MISSING, "no_recording", NULL, "this call has no recording");

    struct recording_ask ask = {row(call, 0, "recording_sid"), row(call, 0, "store_name")};
    ask.mp3 = format ? !strcmp(format, "mp3") : !ask.name;
    const char *etag =
        arena_printf(r->scope.arena, "\"%s.%s\"", ticket.call, ask.mp3 ? "mp3" : "wav");
    if (wants_range(r, etag, &range))
        ask.range = &range;
    req_set_header(r, "Cache-Control", "private, no-store");
    req_set_header(r, "Accept-Ranges", "bytes");
    req_set_header(r, "ETag", etag);
    return await_play(r, &ask);
}
