#include "url.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool absolute(const char *url)
{
    return strncasecmp(url, "http://", 7) == 0 || strncasecmp(url, "https://", 8) == 0;
}

static const char *after_scheme(const char *url)
{
    return strstr(url, "://") + 3;
}

bool url_callable(const char *url)
{
    if (!absolute(url) || strlen(url) > 4000)
        return false;
    const char *host = after_scheme(url);
    size_t n = strcspn(host, "/?#");
    const char *at = memchr(host, '@', n);
    if (at) {
        n -= (size_t)(at + 1 - host);
        host = at + 1;
    }
    size_t name = host[0] == '[' ? strcspn(host, "]") : strcspn(host, ":/?#");
    return n > 0 && name > 0 && !memchr(host, '_', name) && !strpbrk(url, " \t\r\n");
}

/* Remove "." and ".." of a path in place (RFC 3986 5.2.4, for paths that start with a slash). */
static void tidy(char *path)
{
    char *tail = path + strcspn(path, "?#"), *out = path;
    for (char *in = path; in < tail;) {
        size_t part = 1 + strcspn(in + 1, "/?#");
        if (part == 2 && in[1] == '.') {
            if (in + part == tail)
                *out++ = '/';
        } else if (part == 3 && in[1] == '.' && in[2] == '.') {
            while (out > path && *--out != '/')
                ;
            if (in + part == tail)
                *out++ = '/';
        } else {
            memmove(out, in, part);
            out += part;
        }
        in += part;
    }
    memmove(out, tail, strlen(tail) + 1);
}

const char *url_resolve(struct arena *a, const char *base, const char *ref)
{
    if (absolute(ref))
        return arena_strdup(a, ref);
    if (!base || strstr(ref, "://"))
        return NULL;
    size_t origin = (size_t)(after_scheme(base) - base);
    if (ref[0] == '/' && ref[1] == '/')
        return arena_printf(a, "%.*s%s", (int)(origin - 2), base, ref);
    origin += strcspn(base + origin, "/?#");
    size_t path = origin + strcspn(base + origin, "?#");
    if (!*ref)
        return arena_strndup(a, base, strcspn(base, "#"));
    if (ref[0] == '?')
        return arena_printf(a, "%.*s%s%s", (int)path, base, path == origin ? "/" : "", ref);
    if (ref[0] != '/')
        while (path > origin && base[path - 1] != '/')
            path--;
    else
        path = origin;
    char *url = arena_printf(a, "%.*s%s%s", (int)path, base,
                             path == origin && ref[0] != '/' ? "/" : "", ref);
    tidy(url + origin);
    return url;
}

const char *url_with_query(struct arena *a, const char *url, const char *query)
{
    int n = (int)strcspn(url, "#");
    if (!*query)
        return arena_strndup(a, url, (size_t)n);
    bool has = memchr(url, '?', (size_t)n) != NULL;
    return arena_printf(a, "%.*s%c%s", n, url, has ? '&' : '?', query);
}

long url_override(const char *url, const char *key, long otherwise)
{
    const char *p = strchr(url, '#');
    size_t n = strlen(key);
    while (p) {
        p++;
        if (strncmp(p, key, n) == 0 && p[n] == '=')
            return atol(p + n + 1);
        p = strchr(p, '&');
    }
    return otherwise;
}
