/*
 * What a conversation says without the model: phrases and given words become its reply, and the reply is
 * whole once it is known what follows.
 *
 *     say_phrase(c, PHRASE_CONNECTING);
 *     say_then(c, THEN_TRANSFER);
 */
#pragma once
#include "phrases.h"
#include "reply.h"

struct conversation;

void say(struct conversation *c, const char *text); /* one piece of the reply */
void say_pieces(struct conversation *c, const char *text);
void say_phrase(struct conversation *c, enum phrase p);
void say_then(struct conversation *c, enum then what);

/* A phrase, and what follows it. */
void say_and_listen(struct conversation *c, enum phrase p);
void say_goodbye(struct conversation *c, enum phrase p);
/* What the caller says next is taken for a message, if there is no model to understand it. */
void say_message_offer(struct conversation *c, enum phrase p);
/* To the agent, who hears what it is about (NULL: unknown); else a message is offered. */
void say_put_through(struct conversation *c, const char *about);
/* What the agent hears before the two are connected. */
const char *say_whisper(struct arena *a, const struct conversation *c);
