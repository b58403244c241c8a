#include "spoken.h"
#include "base/utf8.h"
#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

struct words {
    char *p;
    size_t n;
};

static void put(struct words *w, const char *bytes, size_t n)
{
    memcpy(w->p + w->n, bytes, n);
    w->n += n;
}

static void put_space(struct words *w)
{
    if (w->n && w->p[w->n - 1] != ' ')
        w->p[w->n++] = ' ';
}

static bool starts(const char *p, const char *word)
{
    return strncasecmp(p, word, strlen(word)) == 0;
}

/* Bytes of a web or mail address at p, 0 when there is none; the punctuation behind it stays. */
static size_t address_at(const char *p)
{
    size_t n = strcspn(p, " \t\r\n<>()[]\"");
    const char *at = memchr(p, '@', n);
    bool web = starts(p, "http://") || starts(p, "https://") || starts(p, "www.");
    bool mail = at && at > p && memchr(at, '.', n - (size_t)(at - p));
    while (n && strchr(".,;:!?", p[n - 1]))
        n--;
    return web || mail ? n : 0;
}

/* "[the words](target)": the words are kept, the target is not. */
static const char *skip_target(const char *p)
{
    const char *end = p[1] == '(' ? strchr(p, ')') : NULL;
    return end && !memchr(p, '\n', (size_t)(end - p)) ? end + 1 : p + 1;
}

/* "<b>" and "</p>", but not "3 < 4". */
static const char *skip_tag(const char *p)
{
    bool tag = isalpha((unsigned char)p[1]) || p[1] == '/' || p[1] == '!';
    const char *end = tag ? strchr(p, '>') : NULL;
    return end && end - p < 200 ? end + 1 : p + 1;
}

static bool at_word(const char *text, const char *p)
{
    return p == text || !isalnum((unsigned char)p[-1]);
}

static const char *take(struct words *w, const char *text, const char *p)
{
    size_t address = at_word(text, p) ? address_at(p) : 0;
    if (address)
        return p + address;
    if (isspace((unsigned char)*p)) {
        put_space(w);
        return p + 1;
    }
    if (*p == ']')
        return skip_target(p);
    if (*p == '<')
        return skip_tag(p);
    if (strchr("*_`#~[|>{}\\^", *p))
        return p + 1;
    if (strchr(".,;:!?", *p) && w->n && w->p[w->n - 1] == ' ')
        w->n--; /* something before it was left out */
    const char *next = p;
    int32_t c = utf8_next(&next);
    if (c != UTF8_BAD && !utf8_is_control(c))
        put(w, p, (size_t)(next - p));
    return next;
}

char *spoken(struct arena *a, const char *text, size_t n)
{
    char *own = arena_strndup(a, text, n);
    struct words w = {.p = arena_alloc(a, n + 1)};
    for (const char *p = own; *p;)
        p = take(&w, own, p);
    while (w.n && w.p[w.n - 1] == ' ')
        w.n--;
    w.p[w.n] = 0;
    return w.p;
}
