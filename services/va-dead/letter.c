#include "letter.h"
#include "base/clock.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_DIGITS 7 /* fewer are some other figure */

static const char *first_header(struct scope *s, const struct mq_letter *l, const char *ours,
                                const char *brokers)
{
    const char *text = letter_header(s, l, ours);
    if (!text)
        text = letter_header(s, l, brokers);
    return text ? text : "";
}

const char *letter_reason(struct scope *s, const struct mq_letter *l)
{
    return first_header(s, l, "x-reason", "x-first-death-reason");
}

const char *letter_queue(struct scope *s, const struct mq_letter *l)
{
    return first_header(s, l, "x-queue", "x-first-death-queue");
}

/* An id of ours begins with the milliseconds of its making. */
static const char *age(struct scope *s, const char *id)
{
    if (!uuid_valid(id) || id[14] != '7')
        return "-";
    char hex[13];
    snprintf(hex, sizeof hex, "%.8s%.4s", id, id + 9);
    uint64_t made = strtoull(hex, NULL, 16), now = clock_wall_ms();
    unsigned long long seconds = now > made ? (now - made) / 1000 : 0;
    return seconds < 120     ? arena_printf(s->arena, "%llus", seconds)
           : seconds < 7200  ? arena_printf(s->arena, "%llum", seconds / 60)
           : seconds < 86400 ? arena_printf(s->arena, "%lluh", seconds / 3600)
                             : arena_printf(s->arena, "%llud", seconds / 86400);
}

/* In a word of letters, digits and dashes, such as an id, digits are no telephone number. */
static bool in_word(char c)
{
    return isalnum((unsigned char)c) || c == '-' || c == '_';
}

static const char *masked(struct scope *s, const char *text)
{
    char *copy = arena_strdup(s->arena, text);
    for (char *p = copy; *p;) {
        size_t n = strspn(p, "0123456789");
        if (n >= NUMBER_DIGITS && (p == copy || !in_word(p[-1])) && !in_word(p[n]))
            memset(p, '*', n - 2);
        p += n ? n : 1;
    }
    return copy;
}

/* What was sent to us must not move the cursor. */
static void print_clean(const char *text)
{
    for (; *text; text++)
        putchar((unsigned char)*text < ' ' && *text != '\n' ? '?' : *text);
}

static void row(const char *id, const char *type, const char *queue, const char *since,
                const char *tries)
{
    printf("%-36s  %-18s  %-18s  %5s  %5s  ", id, type, queue, since, tries);
}

void letter_heading(void)
{
    row("id", "type", "queue", "age", "tries");
    puts("reason");
}

void letter_line(struct scope *s, const struct mq_letter *l)
{
    const char *tries = letter_header(s, l, "x-tries");
    row(masked(s, l->id), l->type, letter_queue(s, l), age(s, l->id), tries ? tries : "-");
    print_clean(masked(s, letter_reason(s, l)));
    putchar('\n');
}

static void show_line(struct scope *s, const char *name, const char *value, bool raw)
{
    printf("%s: ", name);
    print_clean(raw ? value : masked(s, value));
    putchar('\n');
}

void letter_show(struct scope *s, const struct mq_letter *l, bool raw)
{
    const char *name;
    show_line(s, "id", l->id, raw);
    show_line(s, "type", l->type, raw);
    show_line(s, "age", age(s, l->id), true);
    for (size_t i = 0; (name = letter_header_name(l, i)); i++)
        show_line(s, name, letter_header(s, l, name), raw);
    putchar('\n');
    print_clean(raw ? l->body : masked(s, l->body));
    putchar('\n');
}
