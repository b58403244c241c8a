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

/* "evil.example" and "youtu.be/abc", but not "3.5", "e.g." and "I see.It is". */
static bool is_domain(const char *p, size_t n)
{
    static const char endings[] =
        " com net org info biz io app dev ly uk eu nl ch ca ru cn tv xyz example ";
    size_t host = strcspn(p, "/:?#"), dot = host < n ? host : n;
    char last[16];
    for (n = dot; dot && p[dot - 1] != '.'; dot--)
        ;
    if (dot < 3 || n - dot < 2 || n - dot > sizeof last - 3 || !isalnum((unsigned char)p[dot - 2]))
        return false;
    last[0] = ' ';
    for (size_t i = dot; i < n; i++)
        last[1 + i - dot] = (char)tolower((unsigned char)p[i]);
    last[1 + n - dot] = ' ';
    last[2 + n - dot] = 0;
    return p[n] == '/' || strstr(endings, last) != NULL;
}

static bool has_scheme(const char *p, size_t n)
{
    size_t letters = 0;
    while (letters < n && (isalpha((unsigned char)p[letters]) || strchr("+-.", p[letters])))
        letters++;
    return letters && starts(p + letters, "://");
}

/* Bytes of a web or mail address at p, 0 when there is none; the punctuation behind it stays. */
static size_t address_at(const char *p)
{
    size_t n = strcspn(p, " \t\r\n<>()[]\"");
    const char *at = memchr(p, '@', n);
    while (n && strchr(".,;:!?", p[n - 1]))
        n--;
    bool web = has_scheme(p, n) || starts(p, "www.") || is_domain(p, n);
    bool mail = at && at > p && at < p + n && memchr(at, '.', n - (size_t)(at - p));
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
