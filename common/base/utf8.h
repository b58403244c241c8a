/*
 * UTF-8, as strict as RFC 3629: no overlong forms, no surrogates, nothing beyond U+10FFFF.
 *
 *     for (const char *p = text; *p;) {
 *         int32_t c = utf8_next(&p);           UTF8_BAD: one byte that belongs to no character
 *     }
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_BAD         (-1)
#define UTF8_REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* The character at *p, which moves behind it. Not to be called on the closing NUL. */
int32_t utf8_next(const char **p);

size_t utf8_count(const char *s); /* characters; a bad byte counts as one */

/* Characters that make a short text lie about itself: controls and bidirectional overrides. */
bool utf8_is_control(int32_t c);
