#include "base/die.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void die(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    abort();
}

void die_at(const char *file, int line, const char *what)
{
    die("%s:%d: broken invariant: %s", file, line, what);
}
