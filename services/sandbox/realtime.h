/*
 * OpenAI's Realtime API (speech to speech) over a WebSocket, by its names of 2025 (GA): the rules think
 * (brain.h), espeak speaks, and what it hears is what the sandbox has said itself (memory.h). Who does what:
 *   realtime.c         the socket, and what a client may send
 *   realtime_session.c session.update: what is known, what is refused
 *   realtime_items.c   the conversation, and the rules' view of it
 *   realtime_ear.c     sound in: where somebody speaks, and what
 *   realtime_reply.c   a response, from the thought to the sound
 */
#pragma once
#include "base/buf.h"
#include "base/list.h"
#include "brain.h"
#include "io/ws.h"
#include <stdint.h>

#define REALTIME_MAGIC 0x5245414cu
#define ID_TEXT        32
#define ITEMS_MAX      500

enum item_kind { ITEM_USER, ITEM_SYSTEM, ITEM_ASSISTANT, ITEM_CALL, ITEM_OUTPUT };

struct item {
    struct list link;
    enum item_kind kind;
    char id[ID_TEXT];
    char *text;                   /* words, arguments of a call, or its output */
    char *name, call_id[ID_TEXT]; /* of a call; an output has the call's call_id */
    unsigned audio_ms;            /* of an assistant's */
    bool in_progress;             /* a response is still making it */
};

/* Sound in; the client's own time. */
struct ear {
    struct buf pcm; /* not committed yet */
    unsigned ms;    /* all that was ever appended */
    double floor;   /* of the noise */
    unsigned loud_ms, quiet_ms;
    bool speaking;
    char item[ID_TEXT]; /* what is being said becomes this */
};

struct reply;
struct realtime {
    uint32_t magic;
    struct list link;
    struct ws *ws;
    unsigned tasks; /* that still use this; the last one to leave frees it */
    char id[ID_TEXT];
    struct buf out;
    unsigned events;

    char *model, *instructions, *voice, *tools; /* tools: JSON, a list as it came */
    bool text_only, hears_ulaw, speaks_ulaw, transcribes, spoken;
    bool vad, creates, interrupts;
    unsigned silence_ms, padding_ms;
    double speed;

    struct list items; /* oldest first */
    unsigned n_items;
    struct ear ear;
    struct reply *reply; /* the one that runs */
};

/* realtime.c */
struct buf *event_begin(struct realtime *rt, const char *type); /* {"type":...,"event_id":... */
void event_text(struct buf *b, const char *name, const char *value); /* ,"name":"value" */
void event_send(struct realtime *rt);                                /* and the closing brace */
void realtime_error(struct realtime *rt, const char *client_event, const char *code,
                    const char *param, const char *message);
void realtime_id(const char *prefix, char out[ID_TEXT]);
void realtime_leave(struct realtime *rt); /* a task of it ends */

/* realtime_session.c */
void session_defaults(struct realtime *rt, const char *model);
void session_fini(struct realtime *rt);
void session_put(const struct realtime *rt, struct buf *b);
void session_update(struct realtime *rt, const struct js *event, const char *client_event);

/* realtime_items.c */
struct item *item_add(struct realtime *rt, enum item_kind kind, const char *text);
struct item *item_find(struct realtime *rt, const char *id);
void item_put(const struct item *i, const char *status, struct buf *b); /* as JSON */
void item_told(struct realtime *rt, const struct item *i);              /* added and done */
void item_event(struct realtime *rt, const char *type, const struct item *i, const char *status);
void items_drop(struct realtime *rt);
void items_create(struct realtime *rt, const struct js *event, const char *client_event);
void items_truncate(struct realtime *rt, const struct js *event, const char *client_event);
void items_delete(struct realtime *rt, const struct js *event, const char *client_event);
struct thought items_think(struct realtime *rt, struct scope *s);

/* realtime_ear.c */
void ear_append(struct realtime *rt, const struct js *event, const char *client_event);
void ear_commit(struct realtime *rt, const char *client_event);
void ear_clear(struct realtime *rt);
void ear_fini(struct realtime *rt);

/* realtime_reply.c */
void reply_start(struct realtime *rt, const char *client_event);
void reply_cancel(struct realtime *rt, const char *reason);

/* For main.c */
void realtimes_close(void);
int realtimes_open(void);
