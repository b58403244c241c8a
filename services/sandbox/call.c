#include "call.h"
#include "base/clock.h"
#include "base/die.h"
#include "sandbox.h"
#include <stdlib.h>
#include <string.h>

#define KEPT_MAX   2000
#define LIVE_MAX   5000
#define ARENA_MAX  (384 * 1024)
#define ARENA_LEFT (128 * 1024) /* for the record itself; logs stop growing before */
#define LINES_MAX  2000

struct list calls = {&calls, &calls};
static struct list watchers = {&watchers, &watchers};
static int live, kept;

static void drop_sounds(struct call *c)
{
    struct sound *s;
    while ((s = LIST_FIRST(&c->sounds, struct sound, link))) {
        list_remove(&s->link);
        clip_drop(s->clip);
        free(s);
    }
}

static void destroy(struct call *c)
{
    OBJ_KILL(c, CALL_MAGIC);
    list_remove(&c->link);
    drop_sounds(c);
    mailbox_fini(&c->box);
    arena_destroy(c->arena);
    free(c);
    kept--;
}

static void forget_old(int max)
{
    for (struct list *n = calls.prev, *before = n->prev; n != &calls && kept > max; n = before) {
        before = n->prev;
        struct call *c = LIST_OF(n, struct call, link);
        if (!c->running && list_empty(&c->recordings))
            destroy(c);
    }
}

struct call *call_create(enum direction d, const char *from, const char *to)
{
    if (live >= LIVE_MAX)
        return NULL;
    struct call *c = must(calloc(1, sizeof *c));
    c->magic = CALL_MAGIC;
    c->arena = arena_create(ARENA_MAX);
    sid_make("CA", c->sid);
    c->direction = d;
    c->from = arena_strdup(c->arena, from);
    c->to = arena_strdup(c->arena, to);
    c->status = d == INBOUND ? RINGING : d == OUTBOUND_API ? QUEUED : INITIATED;
    c->end_as = COMPLETED;
    c->events = ON_COMPLETED;
    c->timeout_s = 60;
    c->time_limit_s = 14400;
    c->record_channels = 1;
    c->created_wall = clock_wall_ms();
    c->began_ms = clock_ms();
    c->running = true;
    mailbox_init(&c->box, 64);
    struct list *lists[] = {&c->transcript, &c->fetches, &c->errors, &c->sounds, &c->recordings};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        list_init(lists[i]);
    list_prepend(&calls, &c->link);
    live++;
    kept++;
    forget_old(KEPT_MAX + live);
    return c;
}

void call_over(struct call *c)
{
    struct watcher *w;
    c->running = false;
    live--;
    drop_sounds(c);
    LIST_EACH(w, &watchers, struct watcher, link)
        mailbox_post(&w->box, EV_POKE, "", 0);
    forget_old(KEPT_MAX + live);
}

struct call *call_find(const char *sid)
{
    struct call *c;
    LIST_EACH(c, &calls, struct call, link)
        if (strcmp(c->sid, sid) == 0)
            return c;
    return NULL;
}

int calls_live(void)
{
    return live;
}

void calls_reset(void)
{
    struct call *c;
    LIST_EACH(c, &calls, struct call, link)
        if (c->running)
            call_hang_up(c, COMPLETED);
    forget_old(0);
}

const char *call_status_name(enum call_status s)
{
    static const char *const names[] = {"queued",      "initiated", "ringing",
                                        "in-progress", "completed", "busy",
                                        "no-answer",   "failed",    "canceled"};
    return names[s];
}

const char *call_direction_name(enum direction d)
{
    static const char *const names[] = {"inbound", "outbound-api", "outbound-dial"};
    return names[d];
}

bool call_ended(const struct call *c)
{
    return c->status >= COMPLETED;
}

unsigned call_now(const struct call *c)
{
    return (unsigned)(clock_ms() - c->began_ms + c->gained_ms);
}

/* The logs of a call are bounded by its arena and by their number; beyond, they end. */
static void add_line(struct call *c, struct list *to, struct line line, const char *text)
{
    size_t n = strlen(text);
    bool room = arena_used(c->arena) + n + sizeof line < ARENA_MAX - ARENA_LEFT;
    if (!room || c->lines++ >= LINES_MAX)
        return;
    struct line *l = arena_alloc(c->arena, sizeof *l);
    *l = line;
    l->text = arena_strndup(c->arena, text, n);
    struct list *after = to->prev; /* what is told late stands where it belongs */
    while (after != to && LIST_OF(after, struct line, link)->at_ms > line.at_ms)
        after = after->prev;
    list_prepend(after, &l->link);
}

void call_said_at(struct call *c, enum who who, unsigned at_ms, const char *text)
{
    add_line(c, &c->transcript, (struct line){.at_ms = at_ms, .who = who}, text);
}

void call_said(struct call *c, enum who who, const char *text)
{
    call_said_at(c, who, call_now(c), text);
}

void call_erred(struct call *c, int code, const char *text)
{
    add_line(c, &c->errors, (struct line){.at_ms = call_now(c), .code = code}, text);
}

void call_fetched(struct call *c, const char *url, int status, int ms)
{
    add_line(c, &c->fetches, (struct line){.at_ms = call_now(c), .code = status, .ms = ms}, url);
}

void call_sounded(struct call *c, enum who who, unsigned at_ms, unsigned ms, struct clip *clip)
{
    if (list_empty(&c->recordings) || !ms)
        return;
    struct sound *s = must(calloc(1, sizeof *s));
    *s = (struct sound){.who = who, .at_ms = at_ms, .ms = ms};
    s->clip = clip->rate == 8000 ? clip_ref(clip) : clip_resample(clip, 8000);
    list_append(&c->sounds, &s->link);
}

const struct turn_script *call_next_turn(const struct call *c)
{
    const struct script *s = &c->script;
    if (c->turn >= s->n || (s->hang_up_after && c->turn >= s->hang_up_after))
        return NULL;
    return &s->turns[c->turn];
}

void call_turn_taken(struct call *c)
{
    c->turn++;
    if (c->script.hang_up_during && c->turn == c->script.hang_up_during) {
        c->hang_up_at = clock_ms() + c->script.hang_up_delay_ms;
        call_poke(c);
    }
}

void call_poke(struct call *c)
{
    mailbox_post(&c->box, EV_POKE, "", 0);
}

void call_hang_up(struct call *c, enum call_status end_as)
{
    if (c->gone || call_ended(c))
        return;
    c->gone = true;
    c->end_as = end_as;
    call_poke(c);
}

unsigned real_ms(unsigned person_ms)
{
    unsigned ms = person_ms / (unsigned)cfg.speed;
    return ms ? ms : person_ms > 0;
}

static bool redirected(const struct call *c)
{
    return c->status == IN_PROGRESS && (c->redirect.url || c->redirect_twiml);
}

static uint64_t limit_of(const struct call *c)
{
    uint64_t limit = c->hang_up_at ? c->hang_up_at : UINT64_MAX;
    if (c->status != IN_PROGRESS)
        return limit;
    uint64_t ends = c->answered_ms + c->time_limit_s * 1000ull, now = call_now(c);
    uint64_t speed = c->streaming ? 1 : (uint64_t)cfg.speed;
    uint64_t end = clock_ms() + (now < ends ? (ends - now) / speed : 0);
    return end < limit ? end : limit;
}

enum wake await_call(struct call *c, uint64_t deadline)
{
    for (;;) {
        if (c->gone)
            return WAKE_GONE;
        if (redirected(c))
            return WAKE_REDIRECT;
        uint64_t limit = limit_of(c);
        struct event *ev = await_event(&c->box, deadline < limit ? deadline : limit);
        int kind = ev ? ev->kind : 0;
        if (ev)
            event_free(ev);
        if (kind == EV_DONE)
            return WAKE_DONE;
        if (!ev && clock_ms() >= limit)
            call_hang_up(c, COMPLETED);
        else if (!ev)
            return WAKE_TIME;
    }
}

void call_waited(struct call *c)
{
    struct event *ev;
    while ((ev = mailbox_take(&c->box)))
        event_free(ev);
}

enum wake await_person(struct call *c, unsigned ms)
{
    uint64_t began = clock_ms();
    enum wake w = await_call(c, began + real_ms(ms));
    uint64_t took = clock_ms() - began;
    uint64_t lived = w == WAKE_TIME ? ms : took * (uint64_t)cfg.speed;
    if (lived > took)
        c->gained_ms += (lived < ms ? lived : ms) - took;
    return w;
}

void watch(struct watcher *w)
{
    mailbox_init(&w->box, 4096);
    list_append(&watchers, &w->link);
}

void unwatch(struct watcher *w)
{
    list_remove(&w->link);
    mailbox_fini(&w->box);
}
