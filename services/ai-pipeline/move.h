/*
 * A conversation goes where its caller is. With several replicas behind one MEDIA_URL, the network brings a
 * call's socket to any of them, and its next request to the one that answered before: who does not hold the
 * conversation then asks everybody for it. Who holds it hands over what the database does not know of it, and
 * has it no more; so there is never more than one who does.
 *
 *     c = await_move(&s, sid, turn);     turn 0: by a request. NULL: nobody has it (any more)
 */
#pragma once
#include "io/mq.h"

struct conversation;
struct event;

msg_handler move_asked; /* turn.move, that all processes hear */
/* c comes with EV_MOVED in its mailbox; the caller may have been taken by another task meanwhile. */
struct conversation *await_move(struct scope *s, const char *sid, long long turn);
/* Of EV_MOVED: the reply goes on where it was. False: there is none. */
bool move_arrived(struct conversation *c, const struct event *ev);
