/*
 * A rehearsal: an agent talks with the own assistant from a page, over the same socket that the network uses
 * (media.h) or in writing. Nothing of it is stored, and what would change something is told as done and is not.
 * The page is told more than a telephone: who said what, which tool was used, how it ended.
 *
 *     c = rehearsal_begin(media, token);      NULL: no invitation of ours, or it is spent
 *     rehearsal_text(c, "Hello?");            what was written
 *     rehearsal_lost(c);                      the page has gone
 */
#pragma once
#include "media.h"

struct conversation;

/* by_voice: it is stream.c's then, and *stream its state. */
struct stream;
struct conversation *rehearsal_begin(struct media *m, const char *token, struct stream **stream);
void rehearsal_text(struct conversation *c, const char *text);
void rehearsal_lost(struct conversation *c);

/* For the steps of a conversation; nothing happens in one that is no rehearsal. */
void rehearsal_said(struct conversation *c, const char *who, const char *text);
void rehearsal_tool(struct conversation *c, const char *name, const char *arguments,
                    const char *result);
void rehearsal_over(struct conversation *c, const char *why);
