/* The art of conversation: what is said and done about each event. Steps of one conversation's task. */
#pragma once
#include "loop/mailbox.h"

struct conversation;

void await_talk_begin(struct conversation *c); /* whose call is it, and what has been said so far */
void talk_event(struct conversation *c, const struct event *ev);
void talk_end(struct conversation *c); /* the call is over: cancel, and store what was heard */
