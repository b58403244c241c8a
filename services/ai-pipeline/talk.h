/* The art of conversation: what is said and done about each event. Steps of one conversation's task. */
#pragma once
#include "loop/mailbox.h"

struct conversation;

void await_talk_begin(struct conversation *c); /* whose call is it, and what has been said so far */
void talk_event(struct conversation *c, const struct event *ev);
bool talk_wants_recording(const struct conversation *c); /* instead of the network's recognition */
/* Another process talks on: a reply that is whole goes with it, of another one what was heard is put down. */
void talk_hand_over(struct conversation *c);
void talk_end(struct conversation *c); /* the call is over: cancel, and store what was heard */
