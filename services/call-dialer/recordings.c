#include "recordings.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/fault_point.h"
#include "base/log.h"
#include "base/metric.h"
#include "callbacks.h"
#include "dialer.h"
#include "io/crypto.h"
#include "io/db.h"
#include "io/js.h"
#include "loop/task.h"
#include "messages.h"
#include "sql.h"
#include "voice/peaks.h"
#include "voice/recording.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEX_SIZE (2 * SHA256_SIZE + 1)
#define FIND_MS  15000
#define NOTE_MS  5000

static struct store store;
static const struct recording_places places = {&account, &store};

bool recordings_configure(void)
{
    return store_read(cfg.recording_store, cfg.recording_store_key, cfg.recording_store_secret,
                      &store);
}

/* ---- a copy aside, on our disk: nobody waits for anybody, and what is sent on can be sent again ---- */

struct copy {
    int fd; /* of a file without a name: it is gone when we are */
    uint64_t n;
    struct sha256 *hash;
    char sha256[HEX_SIZE];
    struct peaks peaks;
    bool outlined; /* the peaks are good */
    const char *piece;
    size_t piece_n;
    bool failed;
};

static void drop(void *arg)
{
    struct copy *c = arg;
    uint8_t unused[SHA256_SIZE];
    if (c->hash)
        sha256_end(c->hash, unused);
    close(c->fd);
}

static enum err begin(struct scope *s, struct copy **out)
{
    struct copy *c = arena_alloc(s->arena, sizeof *c);
    const char *folder = getenv("TMPDIR");
    c->fd = open(folder && *folder ? folder : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (c->fd < 0)
        return fail(s, ERR_BUSY, NULL, NULL, "no room for a file aside");
    c->hash = sha256_begin();
    c->outlined = true;
    peaks_init(&c->peaks);
    arena_defer(s->arena, drop, c);
    *out = c;
    return OK;
}

/* Work of a worker thread: the disk may be slow. */
static void put_piece(void *arg)
{
    struct copy *c = arg;
    sha256_add(c->hash, c->piece, c->piece_n);
    c->outlined = c->outlined && peaks_feed(&c->peaks, c->piece, c->piece_n) == OK;
    for (size_t at = 0; at < c->piece_n && !c->failed;) {
        ssize_t n = write(c->fd, c->piece + at, c->piece_n - at);
        c->failed = n <= 0;
        at += n > 0 ? (size_t)n : 0;
    }
}

static void end(struct copy *c)
{
    uint8_t digest[SHA256_SIZE];
    sha256_end(c->hash, digest);
    c->hash = NULL;
    hex_encode(digest, sizeof digest, c->sha256);
}

static enum err await_fetch(struct scope *s, const char *sid, struct copy **out)
{
    struct recording *rec;
    struct recording_ask ask = {.sid = sid};
    struct copy *c = NULL;
    TRY(begin(s, &c));
    TRY(await_recording_open(s, &places, &ask, &rec));
    do {
        TRY(await_recording_read(s, rec, &c->piece, &c->piece_n));
        c->n += c->piece_n;
        await_work(put_piece, c);
        if (c->failed)
            return fail(s, ERR_BUSY, NULL, NULL, "no room for a file aside");
    } while (c->piece_n);
    end(c);
    *out = c;
    return OK;
}

/* What lies in the store is what Twilio sent, or it is not there. */
static enum err await_verify(struct scope *s, const char *name, const struct copy *c)
{
    struct recording *rec;
    struct recording_ask ask = {.name = name};
    uint8_t digest[SHA256_SIZE];
    char hex[HEX_SIZE];
    const char *p;
    size_t n;
    enum err e = await_recording_open(s, &places, &ask, &rec);
    struct sha256 *hash = sha256_begin();
    for (n = 1; !e && n;)
        if (!(e = await_recording_read(s, rec, &p, &n)))
            sha256_add(hash, p, n);
    sha256_end(hash, digest);
    hex_encode(digest, sizeof digest, hex);
    TRY(e);
    if (strcmp(hex, c->sha256) != 0)
        return fail(s, ERR_UPSTREAM, NULL, NULL, "the stored copy is not what was sent");
    return OK;
}

/* ---- steps ---- */

/* The last word is the row's: what was deleted meanwhile leaves the store again. */
static enum err await_keep(struct scope *s, const struct rows *rec, const char *call)
{
    struct copy *c = NULL;
    struct rows *kept;
    const char *name = row(rec, 0, "name");
    TRY(await_fetch(s, row(rec, 0, "sid"), &c));
    TRY(await_store_put(s, &store, name, c->fd, c->n, c->sha256));
    fault_point("recording.put");
    TRY(await_verify(s, name, c));
    TRY(await_db(s, &SQL_recording_kept, &kept, call, name,
                 arena_printf(s->arena, "%llu", (unsigned long long)c->n), c->sha256,
                 c->outlined ? peaks_json(&c->peaks, s->arena) : NULL));
    if (!kept->n)
        return await_store_delete(s, &store, name);
    metric_add("va_recordings_stored_total", "", 1);
    log_info(s, "recording.stored", "sid", row(rec, 0, "sid"), "bytes", fmt_int((long long)c->n));
    return OK;
}

static enum err await_leave_twilio(struct scope *s, const char *sid, const char *call)
{
    enum err e = await_twilio_delete_recording(s, &account, sid);
    if (e && e != ERR_MISSING)
        return e;
    s->fault = (struct fault){0};
    log_info(s, "recording.left_provider", "sid", sid);
    return await_db(s, &SQL_recording_left, NULL, call);
}

static enum err await_delete(struct scope *s, const struct rows *rec, const char *call)
{
    const char *sid = row(rec, 0, "sid");
    if (store.kind != STORE_NONE)
        TRY(await_store_delete(s, &store, row(rec, 0, "name")));
    else if (row_true(rec, 0, "stored"))
        return fail(s, ERR_BUSY, NULL, NULL, "it lies in a store that is not configured");
    if (sid && row_true(rec, 0, "at_provider"))
        TRY(await_leave_twilio(s, sid, call));
    metric_add("va_recordings_deleted_total", "", 1);
    return OK;
}

static enum err await_see_to(struct scope *s, const struct rows *rec, const char *call)
{
    bool stored = row_true(rec, 0, "stored");
    if (row_true(rec, 0, "deleted"))
        return await_delete(s, rec, call);
    if (!stored && store.kind != STORE_NONE) {
        TRY(await_keep(s, rec, call));
        stored = true;
    }
    fault_point("recording.stored");
    if (stored && cfg.recording_delete && row_true(rec, 0, "at_provider"))
        TRY(await_leave_twilio(s, row(rec, 0, "sid"), call));
    return OK;
}

enum err recording_store(struct msg *m)
{
    struct scope *s = &m->scope;
    struct recording_store in;
    struct rows *rec;
    TRY(recording_store_decode(s, m->body, m->n, &in));
    s->call_id = in.call_id;
    TRY(await_db(s, &SQL_recording_look, &rec, in.call_id));
    if (!rec->n)
        return OK; /* nothing is to be done, or no longer */
    enum err e = await_see_to(s, rec, in.call_id);
    if (!e)
        return await_db(s, &SQL_recording_done, NULL, in.call_id, row(rec, 0, "deleted"));
    log_warn(s, "recording.failed", "error", err_name(e), "why", s->fault.message, "tries",
             row(rec, 0, "tries"));
    metric_add("va_recordings_failed_total", "", 1);
    struct scope note; /* the time of the message may be over */
    scope_init(&note, NOTE_MS);
    enum err noted = await_db(&note, &SQL_recording_again, NULL, in.call_id);
    scope_fini(&note);
    return noted;
}

/* ---- for the reconciler ---- */

enum err await_recordings_due(struct scope *s)
{
    return await_db(s, &SQL_recordings_due, NULL);
}

enum err await_recordings_expire(struct scope *s)
{
    if (!cfg.recording_days)
        return OK;
    return await_db(s, &SQL_recordings_expire, NULL,
                    arena_printf(s->arena, "%d", cfg.recording_days));
}

/* What Twilio says now, in the shape of the callback that never came. */
static enum err await_apply_found(struct scope *s, const char *call_sid,
                                  const struct twilio_recording *found)
{
    char now[25];
    struct arena *a = s->arena;
    const char *url = arena_printf(a, "%s/2010-04-01/Accounts/%s/Recordings/%s", cfg.twilio_api_url,
                                   cfg.account_sid, found->sid);
    struct js *body = js_object(s), *events = js_array(s), *e = js_object(s),
              *params = js_object(s);
    clock_rfc3339(clock_wall_ms(), now);
    js_set_text(params, "CallSid", call_sid);
    js_set_text(params, "RecordingSid", found->sid);
    js_set_text(params, "RecordingStatus", found->status);
    js_set_text(params, "RecordingStartTime", found->start_time);
    js_set_text(params, "RecordingChannels", fmt_int(found->channels));
    js_set_text(e, "key", arena_printf(a, "asked:%s:%s", found->sid, found->status));
    js_set_text(e, "call_sid", call_sid);
    js_set_text(e, "received_at", now);
    if (!strcmp(found->status, "completed")) {
        js_set_text(e, "recording_sid", found->sid);
        js_set_text(e, "recording_url", url);
        if (found->seconds >= 0)
            js_set_int(e, "recording_seconds", found->seconds);
    }
    js_set(e, "params", params);
    js_push(events, e);
    js_set(body, "events", events);
    return await_apply(s, "recording", js_dump(s, body));
}

static enum err await_find(const char *call, const char *call_sid)
{
    struct scope s;
    struct twilio_recording found;
    scope_init(&s, FIND_MS);
    enum err e = await_twilio_find_recording(&s, &account, call_sid, &found);
    if (!e)
        e = await_apply_found(&s, call_sid, &found);
    else if (e == ERR_MISSING)
        e = await_db(&s, &SQL_recording_none, NULL, call);
    scope_fini(&s);
    return e;
}

/* Calls that should have a recording, and of which we have heard nothing: a callback may be lost. */
enum err await_recordings_find(struct scope *s)
{
    struct rows *silent;
    TRY(await_db(s, &SQL_recordings_silent, &silent,
                 arena_printf(s->arena, "%d", cfg.reconcile_after_s)));
    for (int i = 0; i < silent->n; i++)
        TRY(await_find(row(silent, i, "id"), row(silent, i, "twilio_call_sid")));
    return OK;
}
