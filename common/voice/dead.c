#include "voice/dead.h"
#include "io/db.h"
#include "voice/sql.h"
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

const char *dead_reason(struct scope *s, const struct mq_letter *l)
{
    return first_header(s, l, "x-reason", "x-first-death-reason");
}

const char *dead_queue(struct scope *s, const struct mq_letter *l)
{
    return first_header(s, l, "x-queue", "x-first-death-queue");
}

/* An id of ours begins with the milliseconds of its making. */
uint64_t dead_made_ms(const struct mq_letter *l)
{
    char hex[13];
    if (!uuid_valid(l->id) || l->id[14] != '7')
        return 0;
    snprintf(hex, sizeof hex, "%.8s%.4s", l->id, l->id + 9);
    return strtoull(hex, NULL, 16);
}

/* In a word of letters, digits and dashes, such as an id, digits are no telephone number. */
static bool in_word(char c)
{
    return isalnum((unsigned char)c) || c == '-' || c == '_';
}

const char *dead_masked(struct scope *s, const char *text)
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

enum err await_dead_note(struct scope *s, const struct dead_actor *who, const char *action,
                         const struct mq_letter *l)
{
    return await_db(s, &SQL_dead_note, NULL, who->kind, who->id, action, l->id, l->type,
                    dead_reason(s, l), who->address);
}

enum err await_dead_replay(struct scope *s, const struct mq_letter *l, const char *prefix,
                           const char **where)
{
    const char *queue = dead_queue(s, l), *exchange = letter_header(s, l, "x-exchange");
    bool own = strcmp(queue, "own") == 0;
    if (*prefix && strncmp(queue, prefix, strlen(prefix)) == 0)
        queue += strlen(prefix); /* the broker's own word has it */
    if (!*queue || (own && !exchange))
        return fail(s, ERR_UNPROCESSABLE, NULL, NULL, "it does not say which queue it was in");
    if (!l->n)
        return fail(s, ERR_UNPROCESSABLE, NULL, NULL, "its body is not here");
    *where = own ? letter_header(s, l, "x-key") : queue;
    TRY(await_publish(s, &(struct mq_out){.exchange = own ? exchange : NULL,
                                          .key = *where,
                                          .type = l->type,
                                          .body = l->body,
                                          .n = l->n,
                                          .id = *l->id ? l->id : NULL,
                                          .tenant = letter_header(s, l, "tenant"),
                                          .call_id = letter_header(s, l, "call_id"),
                                          .trace = letter_header(s, l, "traceparent")}));
    letter_take(l);
    return OK;
}
