#include "wording.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const small[] = {"zero",    "one",     "two",       "three",    "four",
                                    "five",    "six",     "seven",     "eight",    "nine",
                                    "ten",     "eleven",  "twelve",    "thirteen", "fourteen",
                                    "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
static const char *const tens[] = {"twenty", "thirty",  "forty",  "fifty",
                                   "sixty",  "seventy", "eighty", "ninety"};
static const char *const days[] = {"sunday",   "monday", "tuesday", "wednesday",
                                   "thursday", "friday", "saturday"};

char *lower_case(struct arena *a, const char *text)
{
    char *s = arena_strdup(a, text);
    for (char *p = s; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    return s;
}

static bool inside_word(char c)
{
    return isalnum((unsigned char)c);
}

/* The first place of the word, or NULL. */
static const char *word_at(const char *text, const char *word, size_t n)
{
    for (const char *p = text; *p; p++)
        if (strncmp(p, word, n) == 0 && (p == text || !inside_word(p[-1])) && !inside_word(p[n]))
            return p;
    return NULL;
}

bool mentions(const char *text, const char *alternatives)
{
    for (const char *p = alternatives; *p;) {
        size_t n = strcspn(p, "|");
        if (word_at(text, p, n))
            return true;
        p += n + (p[n] == '|');
    }
    return false;
}

/* The value of a number word, or -1. */
static long word_value(const char *w, size_t n)
{
    for (int i = 0; i < 20; i++)
        if (strlen(small[i]) == n && strncmp(w, small[i], n) == 0)
            return i;
    for (int i = 0; i < 8; i++)
        if (strlen(tens[i]) == n && strncmp(w, tens[i], n) == 0)
            return (i + 2) * 10;
    return -1;
}

static long digits_value(const char *w, const char **end)
{
    long v = 0;
    for (; isdigit((unsigned char)*w) || (*w == ',' && isdigit((unsigned char)w[1])); w++)
        if (*w != ',' && v < 100000000)
            v = v * 10 + (*w - '0');
    *end = w;
    return v;
}

/* Reads "four hundred and fifty thousand", "450,000", "450k", "half a million" wherever they stand. */
long amount_in(const char *text)
{
    long best = 0, group = 0;
    for (const char *p = text; *p;) {
        if (isdigit((unsigned char)*p)) {
            group = digits_value(p, &p);
            if (*p == 'k') {
                group *= 1000;
                p++;
            }
        } else if (isalpha((unsigned char)*p)) {
            size_t n = 0;
            while (isalpha((unsigned char)p[n]))
                n++;
            long v = word_value(p, n);
            if (v >= 0)
                group += v;
            else if (n == 7 && strncmp(p, "hundred", 7) == 0)
                group = (group ? group : 1) * 100;
            else if (n == 8 && strncmp(p, "thousand", 8) == 0)
                group = (group ? group : 1) * 1000;
            else if (n == 7 && strncmp(p, "million", 7) == 0)
                group = group ? group * 1000000 : 1000000;
            else if (!(n == 3 && strncmp(p, "and", 3) == 0))
                group = 0;
            p += n;
        } else {
            p++;
        }
        best = group > best ? group : best;
    }
    if (strstr(text, "half a million"))
        best = 500000;
    return best >= 10000 ? best : 0;
}

int bedrooms_in(const char *text)
{
    for (const char *p = text; (p = strstr(p, "bed")); p++) {
        const char *q = p;
        while (q > text && (q[-1] == ' ' || q[-1] == '-'))
            q--;
        const char *end = q;
        while (q > text && inside_word(q[-1]))
            q--;
        long v = isdigit((unsigned char)*q) ? atol(q) : word_value(q, (size_t)(end - q));
        if (v > 0 && v < 20)
            return (int)v;
    }
    return 0;
}

static void add_days(struct tm *t, int n)
{
    t->tm_mday += n;
    t->tm_hour = 12;
    t->tm_isdst = -1;
    time_t at = timegm(t);
    gmtime_r(&at, t);
}

bool day_in(const char *text, const struct tm *today, struct tm *out)
{
    *out = *today;
    add_days(out, 0);
    if (mentions(text, "today|this afternoon|this evening"))
        return true;
    if (mentions(text, "tomorrow")) {
        add_days(out, 1);
        return true;
    }
    for (int d = 0; d < 7; d++)
        if (mentions(text, days[d])) {
            int ahead = (d - out->tm_wday + 7) % 7;
            add_days(out, ahead ? ahead : 7);
            return true;
        }
    return false;
}

/* The hour behind "at": "at ten", "at 2:30 pm", "at half past two". */
bool hour_in(const char *text, int *hour, int *minute)
{
    *minute = 0;
    long h = -1;
    for (const char *p = text; h < 0 && (p = word_at(p, "at", 2)); p += 2) {
        const char *w = p + 2 + strspn(p + 2, " ");
        if (strncmp(w, "half past ", 10) == 0) {
            *minute = 30;
            w += 10;
        }
        size_t n = strcspn(w, " .,?!:");
        h = isdigit((unsigned char)*w) ? atol(w) : word_value(w, n);
        const char *colon = w + strspn(w, "0123456789");
        if (h >= 0 && *colon == ':' && isdigit((unsigned char)colon[1]))
            *minute = atoi(colon + 1) % 60;
        if (h > 23)
            h = -1;
    }
    if (h < 0 && mentions(text, "noon|midday"))
        h = 12;
    if (h < 0 && mentions(text, "morning"))
        h = 10;
    if (h < 0 && mentions(text, "afternoon"))
        h = 15;
    if (h < 0)
        return false;
    bool evening = strstr(text, "pm") || strstr(text, "p.m") || mentions(text, "afternoon|evening");
    bool morning = strstr(text, " am") || strstr(text, "a.m") || mentions(text, "morning");
    *hour = (int)(h < 12 && (evening || (h < 8 && !morning)) ? h + 12 : h);
    return true;
}

static const char *name_words(struct arena *a, const char *p)
{
    size_t n = 0, words = 0;
    while (words < 3 && isupper((unsigned char)p[n])) {
        n += strcspn(p + n, " .,!?;");
        words++;
        if (p[n] != ' ' || !isupper((unsigned char)p[n + 1]))
            break;
        n++;
    }
    return n > 1 ? arena_strndup(a, p, n) : NULL;
}

const char *name_in(struct arena *a, const char *text, bool asked)
{
    static const char *const before[] = {"my name is ", "name's ", "this is ", "i am ",
                                         "i'm ",        "it's ",   "it is "};
    const char *low = lower_case(a, text);
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        const char *p = strstr(low, before[i]);
        const char *name = p ? name_words(a, text + (p - low) + strlen(before[i])) : NULL;
        if (name && (asked || i < 3 || strchr(name, ' ')))
            return name;
    }
    return asked && strlen(text) < 40 ? name_words(a, text) : NULL;
}

const char *say_amount(struct arena *a, double amount, const char *currency)
{
    char digits[32], *out = arena_alloc(a, 64), *p = out;
    int n = snprintf(digits, sizeof digits, "%.0f", amount);
    for (int i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0 && isdigit((unsigned char)digits[i - 1]))
            *p++ = ',';
        *p++ = digits[i];
    }
    bool euro = currency && strcmp(currency, "EUR") == 0,
         pound = currency && strcmp(currency, "GBP") == 0;
    return arena_printf(a, "%s %s", out, euro ? "euros" : pound ? "pounds" : "dollars");
}

const char *say_count(int n)
{
    static char digits[16];
    if (n >= 0 && n <= 12)
        return small[n];
    snprintf(digits, sizeof digits, "%d", n);
    return digits;
}

static const char *ordinal(int n)
{
    int last = n % 10;
    return n / 10 == 1 || last > 3 || !last ? "th" : last == 1 ? "st" : last == 2 ? "nd" : "rd";
}

const char *say_when(struct arena *a, const char *iso)
{
    static const char *const names[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                        "Thursday", "Friday", "Saturday"};
    struct tm t = {0};
    if (!iso ||
        sscanf(iso, "%d-%d-%dT%d:%d", &t.tm_year, &t.tm_mon, &t.tm_mday, &t.tm_hour, &t.tm_min) < 5)
        return "the time we agreed";
    t.tm_year -= 1900;
    t.tm_mon--;
    time_t at = timegm(&t);
    gmtime_r(&at, &t);
    int hour = t.tm_hour % 12 ? t.tm_hour % 12 : 12;
    const char *part = t.tm_hour < 12   ? "in the morning"
                       : t.tm_hour < 18 ? "in the afternoon"
                                        : "in the evening";
    const char *minute = t.tm_min ? arena_printf(a, ":%02d", t.tm_min) : "";
    return arena_printf(a, "%s the %d%s at %d%s %s", names[t.tm_wday], t.tm_mday,
                        ordinal(t.tm_mday), hour, minute, part);
}
