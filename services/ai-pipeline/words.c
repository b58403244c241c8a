#include "words.h"
#include "base/buf.h"
#include <ctype.h>
#include <string.h>

const char *words_plain(struct arena *a, const char *text)
{
    struct buf b = buf_in(a, strlen(text) + 1);
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (isalnum(*p) || *p >= 0x80)
            buf_putc(&b, (char)tolower(*p));
        else if (*p != '\'' && b.n && b.p[b.n - 1] != ' ')
            buf_putc(&b, ' ');
    }
    while (b.n && b.p[b.n - 1] == ' ')
        b.p[--b.n] = 0;
    return b.p;
}

static bool contains(const char *few, size_t n, const char *many)
{
    for (const char *p = many; n && (p = memmem(p, strlen(p), few, n)); p++)
        if ((p == many || p[-1] == ' ') && (!p[n] || p[n] == ' '))
            return true;
    return false;
}

bool words_in(const char *few, const char *many)
{
    return contains(few, strlen(few), many);
}

double words_shared(const char *few, const char *many)
{
    int all = 0, shared = 0;
    for (size_t n; *few; few += n, few += *few == ' ') {
        n = strcspn(few, " ");
        all++;
        shared += contains(few, n, many);
    }
    return all ? (double)shared / all : 0;
}
