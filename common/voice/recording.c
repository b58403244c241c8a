#include "voice/recording.h"
#include "base/clock.h"
#include "base/die.h"
#include "loop/mailbox.h"
#include "loop/task.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD_MS    8000
#define IDLE_MS    10000
#define PIECES_MAX 2 /* of what the other side has sent, and the reader has not taken */
#define BYTES_MAX  ((size_t)256 << 20)
#define FILE_PIECE (128u << 10)
#define TYPE_MAX   64
#define WAV_TYPE   "audio/wav"

struct recording {
    struct recording_head head;
    char type[TYPE_MAX];
    int64_t skip, left; /* bytes to drop, then to hand on; left -1: to the end */
    /* from another server */
    struct http_stream *up; /* NULL once it has ended */
    struct mailbox box;
    struct event *piece; /* in the reader's hands */
    /* from our disk */
    int fd; /* -1: not from there */
    int64_t at;
    char *buf;
    ssize_t got;
};

/* ---- destructors ---- */

void recording_close(struct recording *rec)
{
    if (rec->up)
        http_cancel(rec->up);
    rec->up = NULL;
    event_free(rec->piece);
    rec->piece = NULL;
    for (struct event *ev; (ev = mailbox_take(&rec->box));)
        event_free(ev);
    if (rec->fd >= 0)
        close(rec->fd);
    rec->fd = -1;
    free(rec->buf);
    rec->buf = NULL;
}

static void close_deferred(void *arg)
{
    struct recording *rec = arg;
    recording_close(rec);
    mailbox_fini(&rec->box);
}

static struct recording *create(struct arena *a)
{
    struct recording *rec = arena_alloc(a, sizeof *rec);
    *rec = (struct recording){.head = {.type = rec->type, .total = -1, .last = -1}, .fd = -1};
    rec->left = -1;
    mailbox_init(&rec->box, PIECES_MAX + 2); /* the head and the end always find room */
    arena_defer(a, close_deferred, rec);
    return rec;
}

/* ---- which bytes ---- */

/* The range within a whole of `total` bytes; false: nothing lies in it. */
static bool resolve(const struct byte_range *range, int64_t total, int64_t *first, int64_t *last)
{
    *first = range->first >= 0 ? range->first : range->last < total ? total - range->last : 0;
    *last = range->first >= 0 && range->last >= 0 && range->last < total ? range->last : total - 1;
    return *first < total && *first <= *last && (range->first >= 0 || range->last > 0);
}

static enum err nothing_there(struct scope *s)
{
    return fail(s, ERR_RANGE, NULL, "Range", "the recording has no such bytes");
}

/* The whole comes, or lies there: what of it is handed on. Of an unknown length no range is cut. */
static enum err cut(struct scope *s, struct recording *rec, const struct byte_range *range,
                    int64_t total)
{
    struct recording_head *h = &rec->head;
    h->total = total;
    h->last = total - (total >= 0);
    rec->left = total;
    if (!range || total < 0)
        return OK;
    if (!resolve(range, total, &h->first, &h->last))
        return nothing_there(s);
    h->partial = true;
    rec->skip = h->first;
    rec->left = h->last - h->first + 1;
    return OK;
}

static const char *range_header(struct arena *a, const struct byte_range *range)
{
    if (!range)
        return NULL;
    if (range->first < 0)
        return arena_printf(a, "bytes=-%" PRId64, range->last);
    if (range->last < 0)
        return arena_printf(a, "bytes=%" PRId64 "-", range->first);
    return arena_printf(a, "bytes=%" PRId64 "-%" PRId64, range->first, range->last);
}

/* ---- from another server ---- */

enum { EV_HEAD, EV_PIECE, EV_END };

struct answer {
    int status;
    int64_t length;
    char type[TYPE_MAX], range[TYPE_MAX];
};

static void on_head(void *arg, int status, const char *type, int64_t length)
{
    struct recording *rec = arg;
    struct answer a = {.status = status, .length = length};
    snprintf(a.type, sizeof a.type, "%s", type);
    snprintf(a.range, sizeof a.range, "%s", http_content_range(rec->up));
    mailbox_post(&rec->box, EV_HEAD, &a, sizeof a);
}

static bool on_piece(void *arg, const char *data, size_t n)
{
    struct recording *rec = arg;
    return rec->box.count < PIECES_MAX && mailbox_post(&rec->box, EV_PIECE, data, n);
}

static void on_end(void *arg, enum err e)
{
    struct recording *rec = arg;
    rec->up = NULL;
    mailbox_post(&rec->box, EV_END, &e, sizeof e);
}

static const struct http_stream_h calls_back = {on_head, on_piece, on_end};

static enum err no_answer(struct scope *s)
{
    return fail(s, ERR_TIMEOUT, NULL, NULL, "the recording's host does not answer");
}

static enum err no_audio(struct scope *s)
{
    return fail(s, ERR_UPSTREAM, NULL, NULL, "the recording's host did not send audio");
}

/* The names that go around for the one format. */
static bool set_type(struct recording *rec, const char *type)
{
    static const char *const wavs[] = {"audio/x-wav", "audio/wav", "audio/wave", "audio/vnd.wave"};
    size_t n = strcspn(type, "; ");
    snprintf(rec->type, sizeof rec->type, "%.*s", (int)n, type);
    for (size_t i = 0; i < sizeof wavs / sizeof *wavs; i++)
        if (!strcmp(rec->type, wavs[i]))
            rec->head.type = WAV_TYPE;
    return !strncmp(rec->type, "audio/", 6);
}

/* "bytes 0-99/200", as it was asked for. */
static enum err take_part(struct scope *s, struct recording *rec, const struct byte_range *range,
                          const struct answer *a)
{
    struct recording_head *h = &rec->head;
    int64_t first, last, total = -1, from, to;
    if (!range ||
        sscanf(a->range, "bytes %" SCNd64 "-%" SCNd64 "/%" SCNd64, &first, &last, &total) < 2)
        return no_audio(s);
    bool known = total >= 0;
    bool fits = known ? resolve(range, total, &from, &to) && first == from && last == to
                      : range->first < 0 || (first == range->first && last >= first);
    if (!fits || last < first)
        return no_audio(s);
    *h = (struct recording_head){h->type, true, first, last, total};
    rec->left = last - first + 1;
    return OK;
}

static enum err judge(struct scope *s, struct recording *rec, const struct recording_ask *ask,
                      const struct answer *a)
{
    if (a->status == 404 || a->status == 410)
        return fail(s, ERR_MISSING, "recording_gone", NULL, "the recording is no longer there");
    if (a->status == 416 && ask->range) {
        sscanf(a->range, "bytes */%" SCNd64, &rec->head.total);
        return nothing_there(s);
    }
    if ((a->status != 200 && a->status != 206) || !set_type(rec, a->type))
        return no_audio(s);
    return a->status == 206 ? take_part(s, rec, ask->range, a) : cut(s, rec, ask->range, a->length);
}

/* OK with *again: it was recorded as one channel, and must be asked for so. */
static enum err await_head(struct scope *s, struct recording *rec, const struct recording_ask *ask,
                           bool *again)
{
    struct answer a = {0};
    enum err e = OK;
    uint64_t until = clock_ms() + HEAD_MS;
    struct event *ev = await_event(&rec->box, until < s->deadline ? until : s->deadline);
    if (!ev)
        return no_answer(s);
    memcpy(ev->kind == EV_HEAD ? (void *)&a : (void *)&e, ev->data, ev->n);
    bool headed = ev->kind == EV_HEAD;
    event_free(ev);
    if (!headed)
        return fail(s, e ? e : ERR_UPSTREAM, NULL, NULL, "the recording's host: %s", err_code(e));
    if (a.status == 400 && *again)
        return OK;
    *again = false;
    return judge(s, rec, ask, &a);
}

static enum err await_twilio(struct scope *s, const struct twilio *t,
                             const struct recording_ask *ask, struct recording *rec)
{
    struct twilio_sound sound = {ask->sid, ask->mp3, ask->mp3 || ask->mono ? 0 : 2,
                                 range_header(s->arena, ask->range)};
    bool again = sound.channels == 2;
    rec->up = twilio_fetch_recording(t, &sound, clock_left(s->deadline), &calls_back, rec);
    TRY(await_head(s, rec, ask, &again));
    if (!again)
        return OK;
    recording_close(rec);
    sound.channels = 0;
    again = false;
    rec->up = twilio_fetch_recording(t, &sound, clock_left(s->deadline), &calls_back, rec);
    return await_head(s, rec, ask, &again);
}

static enum err await_bucket(struct scope *s, const struct store *store,
                             const struct recording_ask *ask, struct recording *rec)
{
    bool again = false;
    struct http_ask get = store_get(s->arena, store, ask->name, range_header(s->arena, ask->range));
    get.max_answer = BYTES_MAX;
    get.total_ms = (unsigned)clock_left(s->deadline);
    get.idle_ms = IDLE_MS;
    rec->up = http_stream(&get, &calls_back, rec);
    return await_head(s, rec, ask, &again);
}

static enum err await_wire_piece(struct scope *s, struct recording *rec, const char **p, size_t *n)
{
    enum err e;
    event_free(rec->piece);
    rec->piece = NULL;
    if (rec->up)
        http_resume(rec->up);
    struct event *ev = await_event(&rec->box, s->deadline);
    if (!ev)
        return no_answer(s);
    rec->piece = ev;
    *p = ev->data;
    *n = ev->n;
    if (ev->kind == EV_PIECE)
        return OK;
    memcpy(&e, ev->data, sizeof e);
    *n = 0;
    return e ? fail(s, e == ERR_TOO_BIG ? ERR_UPSTREAM : e, NULL, NULL, "the recording broke off")
             : OK;
}

/* ---- from our disk ---- */

static enum err open_file(struct scope *s, const struct store *store,
                          const struct recording_ask *ask, struct recording *rec)
{
    struct stat st;
    rec->fd = store_open_file(store, ask->name);
    if (rec->fd < 0 && errno == ENOENT)
        return fail(s, ERR_MISSING, "recording_gone", NULL, "the recording is no longer there");
    if (rec->fd < 0 || fstat(rec->fd, &st) || !S_ISREG(st.st_mode))
        return fail(s, ERR_BUSY, NULL, NULL, "store: %s", strerror(errno));
    rec->head.type = WAV_TYPE;
    TRY(cut(s, rec, ask->range, st.st_size));
    rec->at = rec->skip;
    rec->skip = 0;
    rec->buf = must(malloc(FILE_PIECE));
    return OK;
}

static void read_file(void *arg)
{
    struct recording *rec = arg;
    rec->got = pread(rec->fd, rec->buf, FILE_PIECE, rec->at);
}

static enum err await_file_piece(struct scope *s, struct recording *rec, const char **p, size_t *n)
{
    await_work(read_file, rec);
    if (rec->got < 0)
        return fail(s, ERR_BUSY, NULL, NULL, "store: cannot be read");
    rec->at += rec->got;
    *p = rec->buf;
    *n = (size_t)rec->got;
    return OK;
}

/* ---- either ---- */

enum err await_recording_open(struct scope *s, const struct recording_places *places,
                              const struct recording_ask *ask, struct recording **out)
{
    struct recording *rec = *out = create(s->arena);
    enum store_kind kind = ask->name ? places->store->kind : STORE_NONE;
    if (kind != STORE_NONE && ask->mp3)
        return fail(s, ERR_UNPROCESSABLE, "only_wav", "format", "this recording is kept as WAV");
    if (kind == STORE_DIR)
        return open_file(s, places->store, ask, rec);
    if (kind == STORE_S3)
        return await_bucket(s, places->store, ask, rec);
    if (!ask->sid)
        return fail(s, ERR_MISSING, "recording_gone", NULL, "the recording is no longer there");
    return await_twilio(s, places->twilio, ask, rec);
}

const struct recording_head *recording_head(const struct recording *rec)
{
    return &rec->head;
}

enum err await_recording_read(struct scope *s, struct recording *rec, const char **p, size_t *n)
{
    *n = 0;
    while (rec->left) {
        TRY(rec->fd >= 0 ? await_file_piece(s, rec, p, n) : await_wire_piece(s, rec, p, n));
        if (!*n)
            break;
        size_t drop = (uint64_t)rec->skip < *n ? (size_t)rec->skip : *n;
        rec->skip -= (int64_t)drop;
        *p += drop;
        *n -= drop;
        if (rec->left >= 0 && (uint64_t)rec->left < *n)
            *n = (size_t)rec->left;
        if (rec->left >= 0)
            rec->left -= (int64_t)*n;
        if (*n)
            return OK;
    }
    *n = 0;
    return rec->left > 0 ? fail(s, ERR_UPSTREAM, NULL, NULL, "the recording is shorter than told")
                         : OK;
}
