/*
 * Dead letters: what nobody could work on, why, and back to where it was. Who looks through DEAD_QUEUE
 * (io/mq.h says how) asks here what a letter says.
 *
 *     TRY(await_dead_note(&s, &(struct dead_actor){"operator", name, NULL}, "dead.replay", &letter));
 *     TRY(await_dead_replay(&s, &letter, cfg.amqp_prefix, &where));
 */
#pragma once
#include "io/mq.h"

#define DEAD_QUEUE "va.dead"

/* Why and where it died: our own header, or the broker's when it lost patience. "" when unknown. */
const char *dead_reason(struct scope *s, const struct mq_letter *l);
const char *dead_queue(struct scope *s, const struct mq_letter *l);
uint64_t dead_made_ms(const struct mq_letter *l); /* clock_wall_ms() of its making; 0: not known */

/* Telephone numbers masked but for their last two digits. */
const char *dead_masked(struct scope *s, const char *text);

struct dead_actor {
    const char *kind, *id, *address; /* "operator", "admin"; the address may be NULL */
};
enum err await_dead_note(struct scope *s, const struct dead_actor *who, const char *action,
                         const struct mq_letter *l) MUST_CHECK;

/*
 * To the queue it was in; an event of a process's own queue, which is gone, to all who listen now. Then it is no dead
 * letter any more. where: the queue, or the event.
 */
enum err await_dead_replay(struct scope *s, const struct mq_letter *l, const char *prefix,
                           const char **where) MUST_CHECK;
