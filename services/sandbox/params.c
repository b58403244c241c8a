#include "params.h"
#include "base/buf.h"
#include "base/die.h"
#include <ctype.h>

void params_add(struct params *p, const char *name, const char *value)
{
    if (!value)
        return;
    CHECK(p->n < PARAMS_MAX);
    p->list[p->n++] = (struct param){name, value};
}

void params_int(struct params *p, const char *name, long long value)
{
    params_add(p, name, arena_printf(p->arena, "%lld", value));
}

static void put_encoded(struct buf *b, const char *s)
{
    static const char hex[] = "0123456789ABCDEF";
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (isalnum(c) || c == '-' || c == '_' || c == '.' || c == '*')
            buf_putc(b, (char)c);
        else if (c == ' ')
            buf_putc(b, '+');
        else
            buf_put(b, (char[]){'%', hex[c >> 4], hex[c & 15]}, 3);
    }
}

const char *params_form(struct arena *a, const struct params *p)
{
    struct buf b = buf_in(a, 256 * 1024);
    for (size_t i = 0; i < p->n; i++) {
        if (i)
            buf_putc(&b, '&');
        put_encoded(&b, p->list[i].name);
        buf_putc(&b, '=');
        put_encoded(&b, p->list[i].value);
    }
    return b.p;
}
