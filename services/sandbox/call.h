/*
 * Calls: one record each, kept after the end until the 2,000 newest have pushed it out. A record's
 * strings live in its own arena. One task runs a call (network.h); everybody else looks at the record
 * or asks for something and pokes.
 *
 * Two clocks: the network's is real; a person's runs SANDBOX_SPEED times faster, and what it gained is
 * added up in gained_ms, so that a call's own time (call_now) is what the people in it experienced.
 */
#pragma once
#include "base/list.h"
#include "clip.h"
#include "loop/mailbox.h"
#include "script.h"
#include "sid.h"

enum direction { INBOUND, OUTBOUND_API, OUTBOUND_DIAL };
enum call_status {
    QUEUED,
    INITIATED,
    RINGING,
    IN_PROGRESS,
    COMPLETED,
    BUSY,
    NO_ANSWER,
    FAILED,
    CANCELED
};
enum { ON_INITIATED = 1, ON_RINGING = 2, ON_ANSWERED = 4, ON_COMPLETED = 8 };
enum who { PERSON, AGENT, NETWORK };

struct hook {
    const char *url, *method; /* method NULL = POST */
};

struct line { /* of the transcript, the fetch log or the error list */
    struct list link;
    unsigned at_ms;
    enum who who;
    const char *text;
    int code, ms;
};

struct sound { /* what was heard on the line while somebody recorded; 8 kHz */
    struct list link;
    enum who who;
    unsigned at_ms, ms;
    struct clip *clip;
};

struct call {
    uint32_t magic;
    struct list link;
    struct arena *arena;
    char sid[SID_TEXT], parent[SID_TEXT];
    const char *from, *to;
    enum direction direction;
    enum call_status status;
    struct script script;
    size_t turn;   /* the person's next one */
    unsigned deaf; /* times nobody could hear it */

    struct hook voice, fallback, on_status;
    const char *twiml; /* inline document, instead of voice.url */
    unsigned events, sequence;
    unsigned timeout_s, time_limit_s;
    bool amd, amd_message_end, amd_async;
    struct hook on_amd;
    const char *answered_by;
    unsigned amd_ms, beep_ms; /* what is said before the beep, a mailbox does not keep */
    bool record;
    int record_channels;
    struct hook on_recording;
    const char *recording_events;

    uint64_t created_wall, started_wall, ended_wall, slot_ms;
    uint64_t began_ms, gained_ms, answered_ms; /* answered_ms: the call's own time */
    unsigned duration_s;
    int sip;

    struct mailbox box;      /* pokes, and what is done; only the call's task waits here */
    bool gone;               /* hung up, by whomever: the task ends as soon as it looks */
    enum call_status end_as; /* what becomes of the call when it is gone */
    uint64_t hang_up_at;     /* real time at which the person hangs up whatever happens; 0 = no */
    struct hook redirect;    /* asked for by REST: replaces the running document */
    const char *redirect_twiml;
    bool running;   /* its task lives */
    bool streaming; /* its people live in real time, whatever SANDBOX_SPEED */

    struct list transcript, fetches, errors, sounds, recordings;
    unsigned lines;
    char recording_sid[SID_TEXT];       /* the newest */
    char whole_recording_sid[SID_TEXT]; /* of Record=true */
};

#define CALL_MAGIC 0x43414c4cu
enum { EV_POKE = 1, EV_DONE };

struct call *call_create(enum direction d, const char *from,
                         const char *to); /* NULL: too many live */
struct call *call_find(const char *sid);
extern struct list calls; /* newest first */
int calls_live(void);
void calls_reset(void); /* forgets those that have ended; hangs up the others */

const char *call_status_name(enum call_status s);
const char *call_direction_name(enum direction d);
bool call_ended(const struct call *c);
unsigned call_now(const struct call *c);

void call_said(struct call *c, enum who who, const char *text);
void call_said_at(struct call *c, enum who who, unsigned at_ms, const char *text);
void call_erred(struct call *c, int code, const char *text);
void call_fetched(struct call *c, const char *url, int status, int ms);
/* The clip's first ms were heard from at_ms on; kept only while a recording runs. */
void call_sounded(struct call *c, enum who who, unsigned at_ms, unsigned ms, struct clip *clip);

/* What the person says next; NULL: nothing more, it hangs up. */
const struct turn_script *call_next_turn(const struct call *c);
void call_turn_taken(struct call *c);

void call_hang_up(struct call *c, enum call_status end_as); /* from anywhere */
void call_poke(struct call *c);
void call_over(struct call *c); /* by its task, last: the record may be forgotten from now on */

/* What ended a wait of the call's task; DONE: what it waits for has something. GONE and REDIRECT stay true
 * until acted on. */
enum wake { WAKE_TIME, WAKE_DONE, WAKE_GONE, WAKE_REDIRECT };
enum wake await_call(struct call *c, uint64_t deadline);
enum wake await_person(struct call *c, unsigned ms); /* of the call's own time */
unsigned real_ms(unsigned person_ms);
void call_waited(struct call *c); /* what was still posted for a wait that is over is dropped */

/* Long polls wait here: posted to whenever a call ends. */
struct watcher {
    struct list link;
    struct mailbox box;
};
void watch(struct watcher *w);
void unwatch(struct watcher *w);
