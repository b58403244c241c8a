/*
 * The media socket: where the network brings a call's sound and fetches ours (Twilio's Media Streams). It
 * checks who connects, reads and writes the messages, and bounds what a peer may send; what is said is the
 * business of stream.h.
 *
 * A page that rehearses (rehearsal.h) speaks the same, and lets itself in by an invitation in place of a signature.
 *
 *     media_open();                               listens at PORT, if there is a MEDIA_URL
 *     media_send_sound(m, ulaw, n); media_send_mark(m, "name"); media_send_clear(m);
 *     media_end(m);                               closes the socket: the network asks what follows
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#define MEDIA_PIECE_MAX 1600 /* bytes of sound in one message: 200 ms */

struct media;
bool media_open(void); /* false: logged why */
bool media_possible(void);
void media_quiesce(void);
int media_active(void);
void media_close(void);

/* Nothing happens when m is NULL. */
void media_send_sound(struct media *m, const char *ulaw, size_t n);
void media_send_mark(struct media *m, const char *name);
void media_send_clear(struct media *m);
void media_send_text(struct media *m, const char *json, size_t n); /* a message of the page's own */
void media_end(struct media *m);
