#include "io/format.h"
#include "base/uuid7.h"
#include <string.h>

/*
 * Does the text begin with the shape, where '0' stands for any digit and all else for itself?
 * Returns what follows, or NULL.
 */
static const char *shaped(const char *text, const char *shape)
{
    for (; *shape; shape++, text++) {
        bool fits = *shape == '0' ? *text >= '0' && *text <= '9' : *text == *shape;
        if (!fits)
            return NULL;
    }
    return text;
}

static int two(const char *p)
{
    return (p[0] - '0') * 10 + (p[1] - '0');
}

static bool leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* "2026-11-22" and what follows it, or NULL. */
static const char *after_date(const char *text)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const char *rest = shaped(text, "0000-00-00");
    if (!rest)
        return NULL;
    int year = two(text) * 100 + two(text + 2), month = two(text + 5), day = two(text + 8);
    if (month < 1 || month > 12 || day < 1)
        return NULL;
    return day <= days[month - 1] + (month == 2 && leap(year)) ? rest : NULL;
}

/* "Z" or "+02:00" to the end. */
static bool is_offset(const char *text)
{
    if (!strcmp(text, "Z") || !strcmp(text, "z"))
        return true;
    if (*text != '+' && *text != '-')
        return false;
    const char *rest = shaped(text + 1, "00:00");
    return rest && !*rest && two(text + 1) <= 23 && two(text + 4) <= 59;
}

static bool is_date_time(const char *text)
{
    const char *t = after_date(text);
    if (!t || (*t != 'T' && *t != 't'))
        return false;
    const char *rest = shaped(++t, "00:00:00");
    if (!rest || two(t) > 23 || two(t + 3) > 59 || two(t + 6) > 59)
        return false;
    if (*rest == '.') {
        size_t digits = strspn(rest + 1, "0123456789");
        if (!digits || digits > 9)
            return false;
        rest += 1 + digits;
    }
    return is_offset(rest);
}

static bool is_e164(const char *text)
{
    if (text[0] != '+' || text[1] < '1' || text[1] > '9')
        return false;
    size_t n = strspn(text + 1, "0123456789");
    return n >= 7 && n <= 15 && !text[1 + n];
}

static bool is_uri(const char *text)
{
    static const char *const schemes[] = {"https://", "http://", "wss://", "ws://"};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        size_t n = strlen(schemes[i]);
        if (strncmp(text, schemes[i], n))
            continue;
        for (const char *p = text + n; *p; p++)
            if (*p <= ' ' || *p >= 0x7f || strchr("\"<>\\^`{|}", *p))
                return false;
        return text[n] && !strchr("/?#:", text[n]);
    }
    return false;
}

/* One @ with something before it and a dotted name behind; the rest only a mail can prove. */
static bool is_email(const char *text)
{
    const char *at = strchr(text, '@');
    if (!at || at == text || strchr(at + 1, '@'))
        return false;
    for (const char *p = text; *p; p++)
        if (*p <= ' ' || *p == 0x7f || strchr("\"(),:;<>[\\]", *p))
            return false;
    const char *dot = strrchr(at, '.');
    return dot && dot > at + 1 && dot[1] && at[1] != '.' && !strstr(at, "..");
}

const char *format_check(enum text_format format, const char *text)
{
    switch (format) {
    case FORMAT_ANY:
        return NULL;
    case FORMAT_UUID:
        return uuid_valid(text) ? NULL : "must be a UUID";
    case FORMAT_DATE: {
        const char *rest = after_date(text);
        return rest && !*rest ? NULL : "must be a date (YYYY-MM-DD)";
    }
    case FORMAT_DATE_TIME:
        return is_date_time(text) ? NULL : "must be a time as in RFC 3339";
    case FORMAT_E164:
        return is_e164(text) ? NULL : "must be a phone number as in E.164 (+ and digits)";
    case FORMAT_URI:
        return is_uri(text) ? NULL : "must be an absolute URL";
    case FORMAT_EMAIL:
        return is_email(text) ? NULL : "must be an e-mail address";
    }
    return NULL;
}
