#include "base/utf8.h"

/* Bytes a character takes by its first byte, and the smallest character that needs so many. */
static int size_of(unsigned char first, int32_t *least)
{
    if (first >= 0xc2 && first <= 0xdf) {
        *least = 0x80;
        return 2;
    }
    if (first >= 0xe0 && first <= 0xef) {
        *least = 0x800;
        return 3;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        *least = 0x10000;
        return 4;
    }
    return 0;
}

int32_t utf8_next(const char **p)
{
    const unsigned char *u = (const unsigned char *)*p;
    (*p)++;
    if (u[0] < 0x80)
        return u[0];
    int32_t least = 0;
    int n = size_of(u[0], &least);
    if (!n)
        return UTF8_BAD;
    int32_t c = u[0] & (0x7f >> n);
    for (int i = 1; i < n; i++) {
        if ((u[i] & 0xc0) != 0x80) /* also the closing NUL */
            return UTF8_BAD;
        c = c << 6 | (u[i] & 0x3f);
    }
    if (c < least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return UTF8_BAD;
    *p += n - 1;
    return c;
}

size_t utf8_count(const char *s)
{
    size_t n = 0;
    for (; *s; n++)
        utf8_next(&s);
    return n;
}

bool utf8_is_control(int32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || (c >= 0x202a && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069);
}
