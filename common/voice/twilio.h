/*
 * Twilio's REST API. Requests are form-encoded, answers JSON; every POST goes out on its own
 * connection and is never repeated by us.
 *
 *     struct twilio t = {cfg.twilio_api_url, cfg.account_sid, cfg.auth_token};
 *     struct twilio_dialed d;
 *     switch (await_twilio_dial(&s, &t, &call, &d)) { case DIAL_PLACED: ... d.sid ... }
 *
 * The others return OK or: ERR_MISSING (404), ERR_CONFLICT (21220 the call has ended or has not
 * begun, 21422 the number is taken), ERR_LIMITED (429), ERR_FORBIDDEN (401, 403: our credentials),
 * ERR_UNPROCESSABLE (other 4xx), ERR_UPSTREAM, ERR_TIMEOUT. scope->fault.code is then "twilio_21422"
 * when Twilio named a code. Strings are the arena's.
 */
#pragma once
#include "base/scope.h"
#include "io/httpc.h"
#include <stdbool.h>

struct twilio {
    const char *api_url; /* "https://api.twilio.com" */
    const char *account_sid, *auth_token;
};

/* ---- the account ---- */

struct twilio_account {
    const char *status, *type; /* "active", "suspended", "closed"; "Full", "Trial" */
    uint64_t date_ms;          /* Twilio's clock, since 1970, in whole seconds; 0: not told */
};
enum err await_twilio_account(struct scope *s, const struct twilio *t,
                              struct twilio_account *out) MUST_CHECK;

/* ---- calls ---- */

struct twilio_new_call { /* NULL and 0: left out */
    const char *to, *from;
    const char *url, *fallback_url;
    const char *status_callback;    /* asks for all four events */
    const char *recording_callback; /* also turns recording on, both channels */
    const char *amd_callback;       /* asynchronous answering machine detection, up to the beep */
    unsigned ring_s, limit_s;
    uint64_t at_us,
        by_us; /* when the request is to leave, and at the latest (clock_us()); or never */
};

/* What is known about a call that we asked for. Only PLACED and UNKNOWN can ever ring. */
enum twilio_fate {
    DIAL_PLACED,
    DIAL_REFUSED, /* for good: code and message say why */
    DIAL_LIMITED, /* 429, or never reached Twilio: certainly not placed, later may work */
    DIAL_UNKNOWN, /* may have been placed: never ask again, find out */
};
struct twilio_dialed {
    const char *sid, *status; /* PLACED */
    int code;                 /* REFUSED: Twilio's code, 0 when it named none */
    const char *message;      /* all but PLACED */
    unsigned retry_after_s;   /* LIMITED: 0 when not told */
    bool late;                /* LIMITED: by_us had passed */
    uint64_t sent_us;         /* when the request left, and */
    uint64_t answered_us;     /* its answer came; 0: not known */
};
enum twilio_fate await_twilio_dial(struct scope *s, const struct twilio *t,
                                   const struct twilio_new_call *call,
                                   struct twilio_dialed *out) MUST_CHECK;

struct twilio_call {
    const char *sid, *status, *direction, *to, *from, *answered_by; /* "" when absent */
    const char *date_created, *start_time, *end_time;               /* RFC 2822, "" when absent */
    int duration_s;                                                 /* -1 when not known */
};
enum err await_twilio_call(struct scope *s, const struct twilio *t, const char *sid,
                           struct twilio_call *out) MUST_CHECK;
/* status: "completed" hangs up at any time, "canceled" only before the answer. */
enum err await_twilio_end_call(struct scope *s, const struct twilio *t, const char *sid,
                               const char *status) MUST_CHECK;
/* What it does from now on instead: a document of at most 4000 characters. */
enum err await_twilio_redirect(struct scope *s, const struct twilio *t, const char *sid,
                               const char *twiml) MUST_CHECK;

struct twilio_calls {
    struct twilio_call *calls;
    size_t n;
    bool more; /* there were more than TWILIO_CALLS_MAX */
};
#define TWILIO_CALLS_MAX 500
/* to, from, since ("YYYY-MM-DD") may be NULL. Eventually consistent: absent may only mean "not yet". */
enum err await_twilio_list_calls(struct scope *s, const struct twilio *t, const char *to,
                                 const char *from, const char *since,
                                 struct twilio_calls *out) MUST_CHECK;

/* ---- numbers ---- */

struct twilio_number {
    const char *sid; /* "" while it is only on offer */
    const char *phone_number, *friendly_name, *locality, *region;
    const char *voice_url, *voice_method, *fallback_url, *status_callback;
    const char *application_sid, *trunk_sid; /* set, they override voice_url */
};
struct twilio_numbers {
    struct twilio_number *numbers;
    size_t n;
};
/* country "US"; area_code may be NULL. No offer is OK with n = 0. */
enum err await_twilio_search_numbers(struct scope *s, const struct twilio *t, const char *country,
                                     const char *area_code, struct twilio_numbers *out) MUST_CHECK;
/* Exactly this number. After ERR_TIMEOUT or ERR_UPSTREAM it may be ours: look before buying again. */
enum err await_twilio_buy_number(struct scope *s, const struct twilio *t, const char *phone_number,
                                 struct twilio_number *out) MUST_CHECK;
enum err await_twilio_find_number(struct scope *s, const struct twilio *t, const char *phone_number,
                                  struct twilio_number *out) MUST_CHECK; /* ERR_MISSING: not ours */

enum err await_twilio_number(struct scope *s, const struct twilio *t, const char *sid,
                             struct twilio_number *out) MUST_CHECK;

struct twilio_hooks {
    const char *voice_url, *fallback_url, *status_callback; /* "": nowhere */
};
struct twilio_hooks twilio_hooks_of(struct arena *a, const char *public_url); /* ours */
/* The first thing about the number that leads elsewhere: "voice_url", "application", ...; NULL: all is well. */
const char *twilio_drift(const struct twilio_number *n, const struct twilio_hooks *ours);
/* Points the number at us; clears what would override voice_url (application, trunk). */
enum err await_twilio_configure_number(struct scope *s, const struct twilio *t, const char *sid,
                                       const struct twilio_hooks *hooks) MUST_CHECK;
/* ---- recordings ---- */

/* The sound, as httpc streams it, at most 256 MiB; status 404 until the recording is completed. */
struct twilio_sound {
    const char *sid;
    bool mp3;          /* else WAV, as it was recorded */
    unsigned channels; /* 2: one side each, 400 when it was recorded as one; 0: as Twilio likes */
    const char *range; /* the header Range; NULL = all of it */
};
struct http_stream *twilio_fetch_recording(const struct twilio *t, const struct twilio_sound *sound,
                                           uint64_t total_ms, const struct http_stream_h *h,
                                           void *arg);
struct twilio_recording {
    const char *sid, *status; /* "completed", "processing", "absent", ... */
    const char *start_time;   /* RFC 2822 */
    int seconds, channels;    /* -1, 0: not known */
};
/* The first one of a call. ERR_MISSING: Twilio knows of none. */
enum err await_twilio_find_recording(struct scope *s, const struct twilio *t, const char *call_sid,
                                     struct twilio_recording *out) MUST_CHECK;
enum err await_twilio_delete_recording(struct scope *s, const struct twilio *t,
                                       const char *sid) MUST_CHECK;
