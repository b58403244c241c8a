#include "api.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID_MAX        64
#define PAGE_MAX      1000000000
#define PAGE_SIZE_MAX 100
#define PAGE_SIZE     "20"

const struct who *api_who(const struct req *r)
{
    return r->user;
}

const char *api_role_name(enum role role)
{
    return role == ROLE_ADMIN ? "admin" : "agent";
}

enum err api_id(struct req *r, const char *name, const char **out)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    *out = req_param(r, name);
    size_t n = strlen(*out);
    if (!n || n > ID_MAX || strspn(*out, letters) != n)
        return fail(&r->scope, ERR_MISSING, NULL, NULL, "there is nothing with that id");
    return OK;
}

enum err api_missing(struct req *r, const char *what)
{
    return fail(&r->scope, ERR_MISSING, NULL, NULL, "no such %s", what);
}

enum err api_not_blank(struct scope *s, const char *field, const char *text)
{
    if (!text || text[strspn(text, " ")])
        return OK;
    return fail(s, ERR_UNPROCESSABLE, NULL, field, "must not be empty");
}

enum err api_text(struct req *r, const struct form *q, const char *name, const char **out)
{
    *out = NULL;
    for (size_t i = 0; i < q->n; i++) {
        const struct pair *p = &q->pairs[i];
        if (strcmp(p->name, name) != 0)
            continue;
        if (*out)
            return fail(&r->scope, ERR_INVALID, NULL, name, "given more than once");
        if (memchr(p->value, 0, p->value_n) || p->value_n > 255)
            return fail(&r->scope, ERR_INVALID, NULL, name, "not a possible value");
        *out = p->value;
    }
    return OK;
}

enum err api_word(struct req *r, const struct form *q, const char *name, const char *const *words,
                  const char **out)
{
    TRY(api_text(r, q, name, out));
    for (; *out && *words; words++)
        if (!strcmp(*out, *words))
            return OK;
    return *out ? fail(&r->scope, ERR_INVALID, NULL, name, "is not one of the allowed values") : OK;
}

static enum err whole_number(struct req *r, const struct form *q, const char *name,
                             const char *fallback, long most, long *out)
{
    const char *text;
    TRY(api_text(r, q, name, &text));
    if (!text)
        text = fallback;
    size_t n = strlen(text);
    *out = n && n <= 10 && strspn(text, "0123456789") == n ? strtol(text, NULL, 10) : 0;
    if (*out < 1 || *out > most)
        return fail(&r->scope, ERR_INVALID, NULL, name, "must be a number from 1 to %ld", most);
    return OK;
}

enum err api_page(struct req *r, const struct form *q, struct page *out)
{
    long number, size;
    struct arena *a = r->scope.arena;
    TRY(whole_number(r, q, "page", "1", PAGE_MAX, &number));
    TRY(whole_number(r, q, "page_size", PAGE_SIZE, PAGE_SIZE_MAX, &size));
    out->number = arena_printf(a, "%ld", number);
    out->size = arena_printf(a, "%ld", size);
    out->offset = arena_printf(a, "%ld", (number - 1) * size);
    return OK;
}

enum err api_reply(struct req *r, int status, const char *json)
{
    const struct who *who = api_who(r);
    if (!who->kept)
        return req_reply(r, status, json);
    *who->kept = (struct kept){status, json};
    return OK;
}
