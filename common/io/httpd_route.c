/*
 * Routing: of the patterns that fit the path, the one that is literal where the others have a
 * parameter wins, in whatever order the table lists them. Literal parts are compared as received.
 */
#include "io/httpd_impl.h"
#include <string.h>

struct fit {
    struct param params[PARAMS_MAX]; /* values still percent-encoded; name_n and raw spans */
    struct {
        const char *p;
        size_t n;
    } raw[PARAMS_MAX];
    size_t n;
    unsigned literal; /* bit mask from the first part on: 1 = literal, so the greater one wins */
};

static size_t part_length(const char *p)
{
    return strcspn(p, "/");
}

static bool add_param(struct fit *f, const char *pattern, size_t pattern_n, const char *p, size_t n)
{
    if (f->n == PARAMS_MAX)
        return false;
    f->params[f->n] = (struct param){.name = pattern + 1, .name_n = pattern_n - 2};
    f->raw[f->n].p = p;
    f->raw[f->n++].n = n;
    return true;
}

/* {rest...} takes everything that is left, slashes included. */
static bool is_rest(const char *pattern, size_t n)
{
    return n > 5 && pattern[0] == '{' && memcmp(pattern + n - 4, "...}", 4) == 0;
}

static bool fits(const char *pattern, const char *path, struct fit *f)
{
    *f = (struct fit){0};
    for (unsigned bit = 1u << 31; *pattern == '/' && *path == '/'; bit >>= 1) {
        size_t want = part_length(++pattern), got = part_length(++path);
        if (is_rest(pattern, want))
            return add_param(f, pattern, want - 3, path, strlen(path));
        if (*pattern == '{') {
            if (!got || !add_param(f, pattern, want, path, got))
                return false;
        } else {
            if (want != got || memcmp(pattern, path, want))
                return false;
            f->literal |= bit;
        }
        pattern += want;
        path += got;
    }
    return !*pattern && !*path;
}

static bool same_method(const char *route, const char *got)
{
    return strcmp(route, got) == 0 || (strcmp(got, "HEAD") == 0 && strcmp(route, "GET") == 0);
}

static void allow(struct buf *b, const char *method)
{
    if (strstr(b->p, method))
        return;
    buf_printf(b, "%s%s", b->n ? ", " : "", method);
    if (strcmp(method, "GET") == 0)
        buf_puts(b, ", HEAD");
}

/* A path that climbs or hides a NUL never reaches a handler. */
static bool harmless(const char *value, size_t n)
{
    if (memchr(value, 0, n))
        return false;
    for (const char *p = value; *p;) {
        size_t part = part_length(p);
        if ((part == 1 && *p == '.') || (part == 2 && memcmp(p, "..", 2) == 0))
            return false;
        p += part + (p[part] == '/');
    }
    return true;
}

static enum err decode_params(struct exchange *x, struct fit *f)
{
    struct scope *s = &x->req.scope;
    for (size_t i = 0; i < f->n; i++) {
        char *value = arena_alloc(s->arena, f->raw[i].n + 1);
        long n = percent_decode(f->raw[i].p, f->raw[i].n, value, false);
        if (n >= 0)
            value[n] = 0;
        if (n < 0 || !harmless(value, (size_t)n))
            return fail(s, ERR_INVALID, NULL, NULL, "the path has a broken or forbidden part");
        f->params[i].value = value;
    }
    memcpy(x->params, f->params, sizeof x->params);
    x->n_params = f->n;
    return OK;
}

enum err route_find(struct exchange *x)
{
    const struct httpd_config *cfg = &x->httpd->cfg;
    struct scope *s = &x->req.scope;
    struct fit best = {0}, f;
    struct buf methods = buf_in(s->arena, 256);
    for (const struct route *r = cfg->routes; r < cfg->routes + cfg->n_routes; r++) {
        if (!fits(r->path, x->req.path, &f))
            continue;
        if (!same_method(r->method, x->req.method)) {
            allow(&methods, r->method);
        } else if (!x->req.route || f.literal > best.literal) {
            x->req.route = r;
            best = f;
        }
    }
    if (x->req.route)
        return decode_params(x, &best);
    if (!methods.n)
        return fail(s, ERR_MISSING, NULL, NULL, "no such path");
    x->allow = methods.p;
    return fail(s, ERR_METHOD, NULL, NULL, "this path allows %s", methods.p);
}

bool route_valid(const struct route *r)
{
    return r->role && r->handler && r->method && r->path && r->path[0] == '/';
}

const char *req_param(const struct req *r, const char *name)
{
    const struct exchange *x = LIST_OF(r, const struct exchange, req);
    size_t n = strlen(name);
    for (size_t i = 0; i < x->n_params; i++)
        if (x->params[i].name_n == n && memcmp(x->params[i].name, name, n) == 0)
            return x->params[i].value;
    die("httpd: %s has no parameter %s", r->route->path, name);
}
