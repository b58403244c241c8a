/*
 * A conversation: one task per call, with a mailbox. Events come in, from the caller by way of a front
 * (turns.c: requests and answers; a media socket can be another one) and from the model and the
 * speech. What is to be heard grows in `reply`; the front takes it from there.
 *
 *     struct conversation *c = conversation_find(sid);
 *     if (!c) c = conversation_open(&arrival, &front, front_state);      NULL: too many
 *     mailbox_post(&c->mail, EV_HEARD, &heard, size);
 *
 * It lives until the call is over, or nothing has come from its front for 15 minutes.
 */
#pragma once
#include "base/list.h"
#include "base/uuid7.h"
#include "loop/mailbox.h"
#include "reply.h"
#include "voice/names.h"
#include <stdbool.h>
#include <stdint.h>

#define SID_TEXT 35

/* From the front. brain.h has those of the model. */
enum event_kind {
    EV_ARRIVED = 1,
    EV_HEARD, /* struct heard */
    EV_SILENCE,
    EV_KEY,         /* one character */
    EV_MORE,        /* what the reply had was heard, more is wanted */
    EV_TRANSFERRED, /* how it ended, text */
    EV_FRONT_END,
    EV_HUNG_UP, /* the call is over */
    EV_LEAVE,   /* this process ends: over as soon as what was given has been fetched */
    EV_SOUND,   /* a clip is ready, will never be, or was fetched */
    EV_TOOLS_RAN,
};

struct heard {
    double confidence; /* < 0: not told */
    char text[];
};

struct arrival {
    const char *sid, *from, *to, *attempt; /* attempt may be NULL */
    bool outbound;
};

struct conversation;
struct front {
    /* The caller's event is being acted on: the reply is the answer to it. */
    void (*taken)(struct conversation *c);
    /* Something changed, or wake() has come. */
    void (*moved)(struct conversation *c);
    /* When to call moved() at the latest; UINT64_MAX: never. */
    uint64_t (*wake)(const struct conversation *c);
    /* Frees the front's state. */
    void (*ended)(struct conversation *c);
};

/* Said before, by whom; what the model is told. */
enum line_kind { LINE_CALLER, LINE_AGENT, LINE_TOOL };
struct line {
    struct list link;
    enum line_kind kind;
    const char *text;                      /* of a tool: what was said right before it, may be "" */
    const char *name, *arguments, *result; /* of a tool */
    char space[];
};

/* When things happened in the answer to the caller's last event; clock_ms(), 0 = not. */
struct stamps {
    uint64_t asked, taken, llm, token, sentence, sound_ms, answered;
};

struct agent;
struct brain;
struct job;
struct conversation {
    struct list by_sid, by_call;
    char sid[SID_TEXT], call_id[UUID_TEXT], from[32], to[32], attempt[UUID_TEXT];
    bool outbound;
    struct mailbox mail;
    const struct front *front;
    void *front_state;

    struct agent *agent; /* NULL: could not be had, or the call is not ours */
    bool unknown;        /* the call is not ours */
    bool over;
    const char *contact; /* name, may be NULL; own memory */
    /* clock_ms(): answered, last event of the front, end after a last word */
    uint64_t began, heard_at, close_at;
    uint64_t asked_at; /* when the front got that event */
    uint64_t leave_at; /* clock_ms(): over by then, because this process ends; 0: stays */

    struct list lines;
    size_t n_lines, line_bytes;
    int seq; /* of the next turn to be stored */

    struct reply reply;
    struct stamps stamps;
    char *last_words; /* the last reply, for "say that again" */

    struct brain *brain;
    struct job *job; /* tools at work */
    unsigned serial; /* of the brain's events that count */
    int round, attempt_no, tools_run;
    uint64_t first_by, all_by; /* clock_ms(): deadlines of the model */

    int callers_turns, silences, unclear;
    bool wants_message; /* what the caller says next is a message, if the model cannot tell */
};

void conversation_start(void);
struct conversation *conversation_find(const char *sid);
struct conversation *conversation_of_call(const char *call_id);
struct conversation *conversation_open(const struct arrival *a, const struct front *front,
                                       void *front_state);
/* This process ends: each is over within 5 s, as soon as what it has given has been fetched. */
void conversation_leave_all(void);
bool conversation_leaving(void); /* open no more */
int conversation_count(void);

/* ---- for its steps: talk.c, say.c, think.c, history.c ---- */

const char *conversation_far(const struct conversation *c); /* the other side's number */
struct voice;
const struct voice *conversation_voice(const struct conversation *c); /* NULL: none */
struct names conversation_names(const struct conversation *c);
const char *conversation_language(const struct conversation *c);
long long conversation_ms(const struct conversation *c); /* since it was answered */
/* Copies; the oldest lines go when it gets too much. name NULL unless a tool. */
void conversation_line(struct conversation *c, enum line_kind kind, const char *text,
                       const char *name, const char *arguments, const char *result);
