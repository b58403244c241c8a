#include "list_query.h"
#include "base/buf.h"
#include "gateway.h"
#include "voice/link.h"
#include <stdlib.h>
#include <string.h>

#define PURPOSE     "cursor"
#define NAMES_BYTES 512
#define DIGITS_MAX  15 /* of any telephone number */

static const char *const STATUSES[] = {"queued",    "initiated", "ringing", "in-progress",
                                       "completed", "failed",    "busy",    "no-answer",
                                       "canceled",  NULL};
static const char *const DIRECTIONS[] = {"inbound", "outbound", NULL};
static const char *const TRUTHS[] = {"true", "false", NULL};

#define COMMON "status", "direction", "from", "to", "batch_id"
#define PAGES  "page", "page_size", "cursor"
static const char *const *const NAMES[] = {
    [LIST_AGENT] =
        (const char *const[]){COMMON, PAGES, "contact_id", "number", "has_recording", NULL},
    [LIST_ADMIN] = (const char *const[]){COMMON, PAGES, "agent_id", NULL},
    [LIST_EXPORT] = (const char *const[]){COMMON, "contact_id", "number", "has_recording", NULL},
};

enum err list_known(struct req *r, const struct form *q, const char *const *names)
{
    for (size_t i = 0; i < q->n; i++) {
        const char *const *name = names;
        while (*name && strcmp(*name, q->pairs[i].name) != 0)
            name++;
        if (!*name)
            return fail(&r->scope, ERR_INVALID, NULL, q->pairs[i].name, "no such parameter");
    }
    return OK;
}

/* ---- times ---- */

/* Exactly n digits at *p, moved past; -1 if there are none. */
static int digits(const char **p, int n)
{
    int value = 0;
    for (; n; n--, ++*p) {
        if (**p < '0' || **p > '9')
            return -1;
        value = value * 10 + **p - '0';
    }
    return value;
}

static bool mark(const char **p, const char *allowed)
{
    bool is = **p && strchr(allowed, **p);
    *p += is;
    return is;
}

static bool is_date(const char **p)
{
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int y = digits(p, 4);
    if (y < 1970 || !mark(p, "-"))
        return false;
    int m = digits(p, 2);
    if (m < 1 || m > 12 || !mark(p, "-"))
        return false;
    int d = digits(p, 2);
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    return d >= 1 && d <= days[m - 1] && (m != 2 || d < 29 || leap);
}

static bool is_hours(const char **p, int most)
{
    int h = digits(p, 2);
    if (h < 0 || h > most || !mark(p, ":"))
        return false;
    int m = digits(p, 2);
    return m >= 0 && m < 60;
}

static bool is_clock(const char **p)
{
    if (!is_hours(p, 23) || !mark(p, ":"))
        return false;
    int s = digits(p, 2);
    if (s < 0 || s > 59)
        return false;
    if (mark(p, ".")) {
        size_t n = strspn(*p, "0123456789");
        *p += n;
        return n >= 1 && n <= 9;
    }
    return true;
}

/* "2026-11-22", or RFC 3339. The + of an offset may have become a blank on its way here. */
static enum err read_time(struct req *r, const struct form *q, const char *name, const char **out)
{
    TRY(api_text(r, q, name, out));
    if (!*out)
        return OK;
    char *text = arena_strdup(r->scope.arena, *out);
    const char *p = text;
    bool good = is_date(&p);
    if (good && *p) {
        good = mark(&p, "Tt") && is_clock(&p);
        if (good && *p == ' ')
            text[p - text] = '+';
        good = good && (mark(&p, "Zz") || (mark(&p, "+-") && is_hours(&p, 14))) && !*p;
    }
    *out = text;
    return good ? OK
                : fail(&r->scope, ERR_INVALID, NULL, name,
                       "must be a date such as 2026-11-22 or a time such as 2026-11-22T09:00:00Z");
}

/* ---- filters ---- */

static enum err read_id(struct req *r, const struct form *q, const char *name, const char **out)
{
    TRY(api_text(r, q, name, out));
    if (*out && (!**out || strlen(*out) > 64))
        return fail(&r->scope, ERR_INVALID, NULL, name, "not a possible id");
    return OK;
}

/* "(202) 555-01" asks for 20255501. */
static enum err read_number(struct req *r, const struct form *q, const char **out)
{
    const char *text;
    TRY(api_text(r, q, "number", &text));
    if (!text)
        return OK;
    struct buf kept = buf_in(r->scope.arena, DIGITS_MAX + 1);
    bool good = strspn(text, "0123456789 +-.()/") == strlen(text);
    for (; *text; text++)
        if (*text >= '0' && *text <= '9')
            buf_putc(&kept, *text);
    if (!good || !kept.n || kept.over || kept.n > DIGITS_MAX)
        return fail(&r->scope, ERR_INVALID, NULL, "number", "must have 1 to %d digits", DIGITS_MAX);
    *out = kept.p;
    return OK;
}

static enum err read_filters(struct req *r, const struct form *q, struct list_query *out)
{
    TRY(api_word(r, q, "status", STATUSES, &out->status));
    TRY(api_word(r, q, "direction", DIRECTIONS, &out->direction));
    TRY(api_word(r, q, "has_recording", TRUTHS, &out->recorded));
    TRY(read_time(r, q, "from", &out->from));
    TRY(read_time(r, q, "to", &out->to));
    TRY(read_id(r, q, "contact_id", &out->contact));
    TRY(read_id(r, q, "batch_id", &out->batch));
    TRY(read_id(r, q, "agent_id", &out->agent));
    return read_number(r, q, &out->digits);
}

/* ---- pages ---- */

const char *list_cursor(struct req *r, const char *at, const char *id)
{
    const char *token =
        link_sign(r->scope.arena, cfg.link_secret, PURPOSE, 0, api_who(r)->id, at, id);
    return arena_printf(r->scope.arena, "%s.%s.%s", at, id, token);
}

static bool open_cursor(struct req *r, const char *text, struct list_place *out)
{
    char *at = arena_strdup(r->scope.arena, text), *id = strchr(at, '.');
    char *token = id ? strchr(id + 1, '.') : NULL;
    if (!token)
        return false;
    *id++ = *token++ = 0;
    *out = (struct list_place){at, id};
    return link_check(cfg.link_secret, PURPOSE, token, api_who(r)->id, at, id);
}

enum err list_place_read(struct req *r, const struct form *q, struct list_place *out)
{
    const char *cursor;
    TRY(api_text(r, q, "cursor", &cursor));
    if (cursor && !open_cursor(r, cursor, out))
        return fail(&r->scope, ERR_INVALID, NULL, "cursor", "not a cursor of this list");
    return OK;
}

static enum err read_page(struct req *r, const struct form *q, struct list_query *out)
{
    struct page page;
    TRY(api_page(r, q, &page));
    TRY(list_place_read(r, q, &out->after));
    out->number = page.number;
    out->size = page.size;
    out->skip = page.offset;
    out->fetch = arena_printf(r->scope.arena, "%ld", strtol(page.size, NULL, 10) + 1);
    if (!out->after.id)
        return OK;
    if (form_get(q, "page"))
        return fail(&r->scope, ERR_INVALID, NULL, "cursor", "not together with page");
    out->number = NULL;
    return OK;
}

enum err list_query_read(struct req *r, enum list_kind kind, struct list_query *out)
{
    struct form q;
    struct buf names = buf_in(r->scope.arena, NAMES_BYTES);
    *out = (struct list_query){0};
    TRY(req_query(r, &q));
    TRY(list_known(r, &q, NAMES[kind]));
    TRY(read_filters(r, &q, out));
    if (kind != LIST_EXPORT)
        TRY(read_page(r, &q, out));
    buf_putc(&names, '{');
    for (size_t i = 0; i < q.n; i++)
        buf_printf(&names, "%s%s", i ? "," : "", q.pairs[i].name);
    buf_putc(&names, '}');
    out->names = names.p;
    return OK;
}
