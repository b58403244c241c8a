#include "multipart.h"
#include <string.h>
#include <strings.h>

#define HEAD_MAX 4096

static const char *find(const char *in, size_t n, const char *what, size_t m)
{
    return memmem(in, n, what, m);
}

/* The value of  key="..."  or  key=...  in a header. */
static const char *parameter(struct arena *a, const char *header, const char *key)
{
    size_t n = strlen(key);
    for (const char *p = header; (p = strchr(p, ';'));) {
        p++;
        p += strspn(p, " \t");
        if (strncasecmp(p, key, n) != 0 || p[n] != '=')
            continue;
        p += n + 1;
        if (*p == '"')
            return arena_strndup(a, p + 1, strcspn(p + 1, "\""));
        return arena_strndup(a, p, strcspn(p, "; \t\r\n"));
    }
    return NULL;
}

static bool read_part(struct arena *a, const char *p, size_t n, struct part *out)
{
    const char *end = find(p, n, "\r\n\r\n", 4);
    if (!end || end - p > HEAD_MAX)
        return false;
    *out = (struct part){.data = end + 4, .n = n - (size_t)(end + 4 - p)};
    char *head = arena_strndup(a, p, (size_t)(end - p));
    for (char *line = head, *next; line; line = next) {
        next = strstr(line, "\r\n");
        if (next) {
            *next = 0;
            next += 2;
        }
        if (strncasecmp(line, "Content-Disposition:", 20) != 0)
            continue;
        out->name = parameter(a, line, "name");
        out->filename = parameter(a, line, "filename");
    }
    return out->name != NULL;
}

int multipart_parse(struct arena *a, const char *content_type, const char *body, size_t n,
                    struct part *out, int max)
{
    bool form = content_type && strncasecmp(content_type, "multipart/form-data", 19) == 0;
    const char *boundary = form ? parameter(a, content_type, "boundary") : NULL;
    if (!boundary || !*boundary || strlen(boundary) > 70)
        return -1;
    const char *mark = arena_printf(a, "\r\n--%s", boundary), *end = body + n;
    size_t m = strlen(mark);
    const char *p = find(body, n, mark + 2, m - 2);
    if (!p)
        return -1;
    p += m - 2;
    for (int parts = 0;; parts++) {
        if (end - p >= 2 && memcmp(p, "--", 2) == 0)
            return parts;
        if (parts == max || end - p < 2 || memcmp(p, "\r\n", 2) != 0)
            return -1;
        p += 2;
        const char *next = find(p, (size_t)(end - p), mark, m);
        if (!next || !read_part(a, p, (size_t)(next - p), &out[parts]))
            return -1;
        p = next + m;
    }
}

const struct part *multipart_get(const struct part *parts, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (strcmp(parts[i].name, name) == 0)
            return &parts[i];
    return NULL;
}
