/*
 * The second brain: a model that hears the caller and speaks by itself (voice/realtime.h), in the place of the
 * ones that think and speak, for a conversation on a media socket. It is asked through brain.h like the first,
 * and is told everything that was said without it. What is ours stays ours: whose turn it is, what callers may
 * command, disclosure and last words, the tools, what is stored. While it cannot be had, or once it has failed in
 * a call, the first one goes on from the same history.
 *
 *     c->direct = direct_open(c);                 NULL: not configured
 *     direct_said(c->direct, ulaw, n);            the sound of what EV_HEARD is about to tell
 *     if (direct_ready(c->direct)) b = brain_ask_direct(...)
 *     direct_interrupted(c->direct, pieces, ms);  the caller has heard no more of the reply
 *     direct_leave(c->direct);                    the media socket is gone: not again in this call
 *     direct_close(c->direct);
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct clip;
struct conversation;
struct direct;

struct direct *direct_open(struct conversation *c);
bool direct_ready(const struct direct *d); /* false for NULL */
void direct_said(struct direct *d, const uint8_t *ulaw, size_t n);
void direct_interrupted(struct direct *d, int pieces, unsigned ms);
/* An answer that is being made fails. Both: NULL is fine. */
void direct_leave(struct direct *d);
void direct_close(struct direct *d);

/* ---- for brain.c and think.c ---- */

/* Answers what was said last: EV_FIRST_TOKEN, EV_SPEAKS*, EV_TOOL_CALL*, EV_BRAIN_END. */
void direct_ask(struct direct *d, unsigned serial);
bool direct_begun(const struct direct *d); /* something of the answer is there */
void direct_stop(struct direct *d);        /* enough; no event comes after it */
/* The sound of EV_SPEAKS, as piece number `piece` of the reply: yours. NULL: it is there already. */
struct clip *direct_clip(struct direct *d, int piece);
