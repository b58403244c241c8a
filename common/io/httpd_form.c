#include "io/httpd_impl.h"
#include <string.h>

#define QUERY_PAIRS 64

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

long percent_decode(const char *in, size_t n, char *out, bool plus_is_space)
{
    char *to = out;
    for (size_t i = 0; i < n; i++) {
        if (in[i] != '%') {
            *to++ = plus_is_space && in[i] == '+' ? ' ' : in[i];
            continue;
        }
        int high = i + 1 < n ? hex_value(in[i + 1]) : -1;
        int low = i + 2 < n ? hex_value(in[i + 2]) : -1;
        if (high < 0 || low < 0)
            return -1;
        *to++ = (char)(high << 4 | low);
        i += 2;
    }
    return to - out;
}

static enum err decode_part(struct scope *s, const char *p, size_t n, const char **out,
                            size_t *out_n)
{
    char *text = arena_try(s->arena, n + 1);
    if (!text)
        return fail(s, ERR_TOO_BIG, NULL, NULL, "the form is too big");
    long decoded = percent_decode(p, n, text, true);
    if (decoded < 0)
        return fail(s, ERR_INVALID, NULL, NULL, "broken percent escape in a form or query");
    text[decoded] = 0; /* the arena's memory is zeroed, but a decoded text is shorter */
    *out = text;
    *out_n = (size_t)decoded;
    return OK;
}

static enum err decode_pair(struct scope *s, const char *p, const char *end, struct pair *pair)
{
    const char *equals = memchr(p, '=', (size_t)(end - p));
    const char *name_end = equals ? equals : end, *value = equals ? equals + 1 : end;
    TRY(decode_part(s, p, (size_t)(name_end - p), &pair->name, &pair->name_n));
    return decode_part(s, value, (size_t)(end - value), &pair->value, &pair->value_n);
}

static size_t count_pairs(const char *text, size_t n)
{
    size_t pairs = 1;
    for (size_t i = 0; i < n; i++)
        pairs += text[i] == '&';
    return pairs;
}

enum err form_parse(struct scope *s, const char *text, size_t n, size_t max_pairs, struct form *out)
{
    *out = (struct form){0};
    if (n == 0)
        return OK;
    size_t pairs = count_pairs(text, n);
    if (pairs > max_pairs)
        return fail(s, ERR_INVALID, NULL, NULL, "more than %zu parameters", max_pairs);
    out->pairs = arena_try(s->arena, pairs * sizeof *out->pairs);
    if (!out->pairs)
        return fail(s, ERR_TOO_BIG, NULL, NULL, "the form is too big");
    for (const char *p = text, *stop = text + n; p < stop;) {
        const char *end = memchr(p, '&', (size_t)(stop - p));
        if (!end)
            end = stop;
        if (end > p)
            TRY(decode_pair(s, p, end, &out->pairs[out->n++]));
        p = end + 1;
    }
    return OK;
}

const char *form_get(const struct form *f, const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < f->n; i++)
        if (f->pairs[i].name_n == n && memcmp(f->pairs[i].name, name, n) == 0)
            return f->pairs[i].value;
    return NULL;
}

enum err req_query(struct req *r, struct form *out)
{
    const char *query = strchr(r->target, '?');
    query = query ? query + 1 : "";
    return form_parse(&r->scope, query, strlen(query), QUERY_PAIRS, out);
}

const char *req_cookie(const struct req *r, const char *name)
{
    const char *p = req_header(r, "Cookie");
    size_t n = strlen(name);
    while (p && *p) {
        p += strspn(p, " \t;");
        size_t part = strcspn(p, ";");
        if (part > n && p[n] == '=' && memcmp(p, name, n) == 0)
            return arena_strndup(r->scope.arena, p + n + 1, part - n - 1);
        p += part;
    }
    return NULL;
}
