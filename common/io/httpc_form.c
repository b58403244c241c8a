#include "io/httpc.h"
#include <string.h>

static void put_encoded(struct buf *b, const char *s)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (; *s; s++)
        if (strchr(plain, *s))
            buf_putc(b, *s);
        else
            buf_printf(b, "%%%02X", (unsigned char)*s);
}

const char *url_encode(struct arena *a, const char *s)
{
    struct buf b = buf_in(a, 3 * strlen(s) + 1);
    put_encoded(&b, s);
    return b.p;
}

const char *url_under(struct arena *a, const char *base, const char *path)
{
    size_t n = strlen(base);
    while (n && base[n - 1] == '/')
        n--;
    return arena_printf(a, "%.*s%s", (int)n, base, path);
}

void form_add(struct buf *b, const char *name, const char *value)
{
    if (!value)
        return;
    if (b->n)
        buf_putc(b, '&');
    put_encoded(b, name);
    buf_putc(b, '=');
    put_encoded(b, value);
}
