/*
 * An answer begun ahead: the caller has paused, and what was said so far may be all. The model is asked, and
 * the first sentence spoken, before that is certain; nothing of it is told, stored or done until it is.
 * When the caller has said just that, the answer becomes that of the turn; else its requests end, and it never was.
 *
 *     ahead_begin(c, "Can I see it?");          the guess; one that is under way ends
 *     if (!ahead_fits(c, heard)) ahead_drop(c);
 *     ... the caller's turn is put down ...
 *     if (!ahead_take(c)) ...                   else c->brain is it: its events have been acted upon
 */
#pragma once
#include "loop/mailbox.h"
#include <stdbool.h>

struct conversation;

void ahead_begin(struct conversation *c, const char *guess);
void ahead_drop(struct conversation *c); /* also when there is none */
/* Said was what had been guessed, and nothing else has happened since. */
bool ahead_fits(struct conversation *c, const char *text);
bool ahead_take(struct conversation *c);
/* An event of its brain: kept. False: it is not of this one. */
bool ahead_event(struct conversation *c, const struct event *ev);
