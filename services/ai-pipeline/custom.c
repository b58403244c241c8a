#include "custom.h"
#include "base/buf.h"
#include "io/js.h"
#include <string.h>
#include <strings.h>

#define CUSTOM_MAX    200 /* with alternatives */
#define CUSTOM_BEYOND 3   /* words more than the phrase */
#define HINTS_MAX     16384

static const char *trimmed(struct arena *a, const char *from, const char *to)
{
    while (from < to && strchr(" \t", *from))
        from++;
    while (to > from && strchr(" \t", to[-1]))
        to--;
    return arena_strndup(a, from, (size_t)(to - from));
}

static enum command action_of(const char *words)
{
    static const struct {
        const char *word;
        enum command command;
    } actions[] = {{"transfer", COMMAND_PERSON},
                   {"message", COMMAND_MESSAGE},
                   {"opt out", COMMAND_OPT_OUT},
                   {"repeat", COMMAND_REPEAT},
                   {"goodbye", COMMAND_GOODBYE}};
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (strcasecmp(words, actions[i].word) == 0)
            return actions[i].command;
    return COMMAND_NONE;
}

static struct custom custom_of(const char *when, const char *then)
{
    struct custom x = {.phrase = when, .command = action_of(then), .answer = then};
    const char *key = strncasecmp(when, "key ", 4) == 0 ? when + 4 : when;
    if (*key && strchr("12345678#", *key) && !key[1]) {
        x.phrase = NULL;
        x.key = *key;
    }
    return x;
}

static void read_line(struct arena *a, const char *line, const char *arrow, struct custom *list,
                      size_t *n)
{
    const char *then = trimmed(a, arrow + 2, arrow + strlen(arrow));
    for (const char *p = line; p < arrow && *then && *n < CUSTOM_MAX;) {
        size_t width = strcspn(p, "|");
        const char *end = p + width < arrow ? p + width : arrow, *when = trimmed(a, p, end);
        if (*when)
            list[(*n)++] = custom_of(when, then);
        p = end + 1;
    }
}

/* How many there may be, at most. */
static size_t room(const struct js *lines)
{
    size_t n = 1;
    for (size_t i = 0; i < js_count(lines); i++)
        for (const char *p = js_text(js_at(lines, i)); p && *p; p++)
            n += *p == '|' || *p == '>';
    return n < CUSTOM_MAX ? n : CUSTOM_MAX;
}

const struct custom *custom_read(struct arena *a, const struct js *lines, size_t *n,
                                 const char **hints)
{
    struct custom *list = arena_alloc(a, room(lines) * sizeof *list);
    struct buf b = buf_in(a, HINTS_MAX);
    *n = 0;
    for (size_t i = 0; i < js_count(lines); i++) {
        const char *line = js_text(js_at(lines, i)), *arrow = line ? strstr(line, "=>") : NULL;
        if (arrow)
            read_line(a, line, arrow, list, n);
        else if (line)
            buf_printf(&b, "%s\n", line);
    }
    *hints = b.n ? b.p : NULL;
    return list;
}

const struct custom *custom_heard(const struct custom *list, size_t n, const char *text,
                                  const char *language)
{
    for (const struct custom *x = list; x < list + n; x++)
        if (x->phrase && command_said(text, language, x->phrase, CUSTOM_BEYOND))
            return x;
    return NULL;
}

const struct custom *custom_pressed(const struct custom *list, size_t n, char key)
{
    for (const struct custom *x = list; x < list + n; x++)
        if (!x->phrase && x->key == key)
            return x;
    return NULL;
}
