/*
 * A conversation: one task per call, with a mailbox. Events come in, from the caller by way of a front
 * (turns.c: requests and answers; stream.c: a media socket) and from the model and the
 * speech. What is to be heard grows in `reply`; the front takes it from there: it says pieces in
 * order, and once they are all said and `complete`, does what `then` says (listen, transfer, end).
 *
 *     struct conversation *c = conversation_find(sid);
 *     if (!c) c = conversation_open(&arrival, &front, turns);      NULL: too many
 *     mailbox_post(&c->mail, EV_HEARD, &heard, size);
 *
 * It lives until the call is over, or nothing has come from its front for 15 minutes.
 */
#pragma once
#include "base/list.h"
#include "base/scope.h"
#include "base/uuid7.h"
#include "loop/mailbox.h"
#include "reply.h"
#include "stamps.h"
#include "voice/names.h"
#include <stdbool.h>
#include <stdint.h>

#define SID_TEXT 35

/* From the front. brain.h has those of the model. */
enum event_kind {
    EV_ARRIVED = 1,
    EV_HEARD, /* struct heard */
    EV_SILENCE,
    EV_BARGE_IN, /* struct barge_in: the caller talks over the reply; what is said comes as EV_HEARD */
    EV_UNHEARD,     /* something was said that nobody could transcribe */
    EV_RECORDING,   /* what was said, as a recording: its SID */
    EV_KEY,         /* one character */
    EV_MORE,        /* nothing was said: the caller waits for what is next */
    EV_TRANSFERRED, /* how it ended, text */
    EV_FRONT_END,
    EV_HUNG_UP, /* the call is over */
    EV_GUESS,   /* struct heard: perhaps that was all. EV_HEARD or EV_UNSAID follows */
    EV_UNSAID,  /* the guess was wrong: the caller goes on */
    EV_LEAVE,   /* this process ends: over as soon as what was given has been fetched */
    EV_SOUND,   /* a clip is ready, will never be, or was fetched */
    EV_TOOLS_RAN,
    EV_UNDERSTOOD, /* struct understood, of hearing.h */
    EV_MOVED,      /* turn.moved: another process has handed it over, see move.h */
};

struct heard {
    double confidence; /* < 0: not told */
    uint64_t ended_at; /* clock_ms(): the caller fell silent; 0: not told */
    unsigned endpoint_ms,
        stt_ms; /* until we were sure of it, and then until the words were there */
    char text[];
};

struct barge_in {
    int pieces;  /* of the reply, heard to their ends */
    unsigned ms; /* heard of the one after them */
};

struct arrival {
    const char *sid, *from, *to, *attempt; /* attempt may be NULL */
    bool outbound;
    int turns; /* so many were stored, or are about to be, by the process that had it before */
};

struct conversation;
struct turns;
struct stream;
struct front {
    /* The caller's event is being acted on: the reply is the answer to it. */
    void (*taken)(struct conversation *c);
    /* Something changed, or wake() has come. */
    void (*moved)(struct conversation *c);
    /* When to call moved() at the latest; UINT64_MAX: never. */
    uint64_t (*wake)(const struct conversation *c);
    /* Tells by reply_heard() what was heard by now, before the reply is put down in the history.
     * acted: the caller has done something after it. */
    void (*heard)(struct conversation *c, bool acted);
    /* The caller talks: what was given and is not heard yet is to be silenced. */
    void (*stop)(struct conversation *c);
    /* Nothing that was given is still to be fetched or played. */
    bool (*played)(const struct conversation *c);
    /* Frees the front's state, and of a front that another one has taken the place of, that one's. */
    void (*ended)(struct conversation *c);
};

/* Said before, by whom; what the model is told. */
enum line_kind { LINE_CALLER, LINE_AGENT, LINE_TOOL };
struct line {
    struct list link;
    enum line_kind kind;
    const char *text;                      /* of a tool: what was said right before it, may be "" */
    const char *name, *arguments, *result; /* of a tool */
    bool direct;                           /* the model that hears and speaks knows it */
    char space[];
};

/* What did not go as it should; bits of a reply, for its turn and the metrics. */
enum degraded {
#define DEGRADED(name, word, help) DEGRADED_##name,
#include "degraded.tbl.h"
#undef DEGRADED
    DEGRADED_COUNT
};

struct agent;
struct ahead;
struct brain;
struct direct;
struct hearing;
struct job;
struct conversation {
    struct list by_sid, by_call;
    char sid[SID_TEXT], call_id[UUID_TEXT], from[32], to[32], attempt[UUID_TEXT];
    bool outbound;
    struct mailbox mail;
    const struct front *front;
    struct turns *turns;
    struct stream *stream; /* NULL: it is not on a media socket now */
    long long stream_due; /* the turn for which the network has been told to come to one; 0: none */
    bool turns_only; /* no more of them: it could not be had, was lost, or cannot speak or hear */
    bool dropped;    /* it was lost while the caller was to speak */
    bool again;      /* its process left the socket in order: it may come to another one */

    const char *rehearsal; /* whose, NULL: a call; own memory. See rehearsal.h */
    bool in_writing;       /* without voices */
    struct media *page;    /* of a rehearsal; NULL: gone */

    struct agent *agent; /* NULL: could not be had, or the call is not ours */
    bool unknown;        /* the call is not ours */
    bool from_memory;    /* the database could not be asked */
    bool over;
    bool handed_over;    /* to another process, with what has been said */
    const char *contact; /* name, may be NULL; own memory */
    int64_t began;       /* clock_ms() when it was answered; before this machine's start: < 0 */
    uint64_t heard_at, close_at;  /* clock_ms(): last event of the front, end after a last word */
    uint64_t asked_at, ingest_ms; /* when the front got that event; how long it was under way */
    char trace[TRACE_TEXT];       /* of that event; "": none yet */
    uint64_t leave_at; /* clock_ms(): over by then, because this process ends; 0: stays */

    struct list lines;
    size_t n_lines, line_bytes;
    int seq;            /* of the next turn to be stored */
    int turns_expected; /* see struct arrival */

    struct reply reply;
    struct stamps stamps;
    unsigned degraded; /* 1 << enum degraded */
    char *last_words;  /* the last reply, for "say that again" */
    char *about;       /* why the caller wants the agent, for the agent's ears; NULL: not told */

    struct brain *brain;
    struct direct *direct; /* a model that hears and speaks, of direct.h; NULL: none */
    struct ahead *ahead;   /* an answer to what may not be all, of ahead.h */
    struct job *job;       /* tools at work */
    unsigned serial;       /* of the brain's events that count */
    unsigned serials;      /* given out */
    int round, attempt_no, tools_run;
    /* clock_ms(): first words of this turn; deadlines of the model; when it is asked again */
    uint64_t speak_by, first_by, all_by, retry_at;

    int callers_turns, silences, unclear;
    struct hearing *hearing; /* of a recording */
    bool by_recording;       /* what is said next is better recorded, and transcribed by us */
    bool by_network;         /* transcription has failed us in this call */
    bool wants_message;      /* what the caller says next is a message, if the model cannot tell */
};

void conversation_start(void);
struct conversation *conversation_find(const char *sid);
struct conversation *conversation_of_call(const char *call_id);
struct conversation *conversation_open(const struct arrival *a, const struct front *front,
                                       struct turns *turns);
/* This process ends: each is over within 5 s, as soon as what it has given has been fetched. */
void conversation_leave_all(void);
bool conversation_leaving(void); /* open no more */
bool conversation_room(void);    /* for one more */
int conversation_count(void);

/* ---- for its steps: talk.c, say.c, think.c, history.c ---- */

/* For a log line or a statement on its behalf: its call and its trace. Until the next one is asked for. */
const struct scope *conversation_scope(const struct conversation *c);
const char *conversation_far(const struct conversation *c); /* the other side's number */
struct voice;
const struct voice *conversation_voice(const struct conversation *c); /* NULL: none */
struct names conversation_names(const struct conversation *c);
const char *conversation_language(const struct conversation *c);
long long conversation_ms(const struct conversation *c); /* since it was answered */
void conversation_degraded(struct conversation *c, enum degraded what);
/* By their words: so many of them; and one that another process has noted, and counted. */
size_t conversation_degraded_words(const struct conversation *c, const char *words[DEGRADED_COUNT]);
void conversation_was_degraded(struct conversation *c, const char *word);
/* Over, here. */
void conversation_hand_over(struct conversation *c);
/* Copies; the oldest lines go when it gets too much. name NULL unless a tool. */
void conversation_line(struct conversation *c, enum line_kind kind, const char *text,
                       const char *name, const char *arguments, const char *result);
