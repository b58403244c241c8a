/*
 * Private to twilio*.c: how one of Twilio's resources is asked for, and what its answers mean. The resources
 * themselves are in twilio_call.c, twilio_number.c and twilio_recording.c; the account is in twilio.c.
 */
#pragma once
#include "io/js.h"
#include "voice/twilio.h"

#define FORM_MAX   16384
#define PAGE_ARENA (2u << 20) /* for a body that must not fill, or fail, the scope of who asks */

/* path: below the account, "/Calls.json" */
const char *twilio_url(struct arena *a, const struct twilio *t, const char *path);
struct http_ask twilio_ask(const char *trace, const struct twilio *t, const char *method,
                           const char *url, const struct buf *form);

/* What an error body says; any other body (a gateway's HTML, nothing) says nothing. */
struct refusal {
    int code;
    const char *message;
};
bool twilio_succeeded(const struct http_answer *ans);
struct refusal twilio_refusal(struct scope *s, const struct http_answer *ans);
enum err twilio_refused(struct scope *s, const struct http_answer *ans); /* as the scope's fault */

/* One request and its answer, an object; out may be NULL: it does not matter. */
enum err await_twilio(struct scope *s, const struct twilio *t, const char *method, const char *path,
                      const struct buf *form, struct js **out) MUST_CHECK;
const char *twilio_text(struct arena *a, const struct js *j, const char *key); /* "": none */
