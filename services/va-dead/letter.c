#include "letter.h"
#include "base/clock.h"
#include "voice/dead.h"
#include <stdio.h>

static const char *age(struct scope *s, const struct mq_letter *l)
{
    uint64_t made = dead_made_ms(l), now = clock_wall_ms();
    if (!made)
        return "-";
    unsigned long long seconds = now > made ? (now - made) / 1000 : 0;
    return seconds < 120     ? arena_printf(s->arena, "%llus", seconds)
           : seconds < 7200  ? arena_printf(s->arena, "%llum", seconds / 60)
           : seconds < 86400 ? arena_printf(s->arena, "%lluh", seconds / 3600)
                             : arena_printf(s->arena, "%llud", seconds / 86400);
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
    row(dead_masked(s, l->id), l->type, dead_queue(s, l), age(s, l), tries ? tries : "-");
    print_clean(dead_masked(s, dead_reason(s, l)));
    putchar('\n');
}

static void show_line(struct scope *s, const char *name, const char *value, bool raw)
{
    printf("%s: ", name);
    print_clean(raw ? value : dead_masked(s, value));
    putchar('\n');
}

void letter_show(struct scope *s, const struct mq_letter *l, bool raw)
{
    const char *name;
    show_line(s, "id", l->id, raw);
    show_line(s, "type", l->type, raw);
    show_line(s, "age", age(s, l), true);
    for (size_t i = 0; (name = letter_header_name(l, i)); i++)
        show_line(s, name, letter_header(s, l, name), raw);
    putchar('\n');
    print_clean(raw ? l->body : dead_masked(s, l->body));
    putchar('\n');
}
