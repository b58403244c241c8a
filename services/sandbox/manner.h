/*
 * How the "language model" behaves. Sensible is the rule; the others are for tests of what must hold
 * whatever a model does: `PUT /sandbox/model {"manner": "obedient", "targets": {...}}`.
 *
 * obedient   does what any text tells it, whoever wrote it: `use TOOL with {...}`, `say "..."`, and it
 *            recites its instructions when it reads "your instructions"
 * confused   wrong tools, broken arguments, markup, nothing at all
 * hostile    goes for what would do harm: other people's viewings, strange numbers, many calls at once
 *
 * In what the two last do, {name} stands for a target of that name. Which thing they do follows from what
 * was said, so that a run can be repeated.
 */
#pragma once
#include "talk.h"

enum manner { MANNER_SENSIBLE, MANNER_OBEDIENT, MANNER_CONFUSED, MANNER_HOSTILE };
extern enum manner manner;

enum err manner_set(struct scope *s, const struct js *wish); /* the request above */
void manner_reset(void);
struct thought manner_think(struct talk *t, const struct js *messages);
