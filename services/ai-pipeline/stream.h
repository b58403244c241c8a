/*
 * A conversation over a media socket: the second front (conversation.h). Sound comes in and goes to the
 * listener; the reply goes out piece by piece while it is being made, and the caller has heard what the
 * marks prove. It takes the conversation's place from turns.c, and gives it back when it ends, however it
 * does: the network then asks what follows, and turns.c says it (listen, transfer, hang up).
 *
 *     s = stream_begin(media, sid, turn);            NULL: no call of ours that is expected here
 *     stream_sound(s, ulaw, n); stream_marked(s, name); stream_key(s, digit);
 *     stream_lost(s, why);                           the socket is gone
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct conversation;
struct media;
struct stream;

struct stream *stream_begin(struct media *m, const char *sid, long long turn);
struct stream *stream_rehearse(struct conversation *c, struct media *m); /* without a call */
void stream_sound(struct stream *s, const uint8_t *ulaw, size_t n);
void stream_marked(struct stream *s, const char *name);
void stream_key(struct stream *s, const char *digit);
void stream_lost(struct stream *s, const char *why);
void stream_over(struct stream *s); /* the same, by the network's own will */

/* The conversation is turns.c's again, which goes on behind what was surely heard. */
void stream_leave(struct conversation *c);
