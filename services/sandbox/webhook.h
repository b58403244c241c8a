/*
 * What the network asks of the customer's server: documents, sounds and callbacks, signed.
 *
 * Documents: 15 s in all, one retry when the connection could not be made, then the fallback URL with
 * ErrorCode and ErrorUrl, then the error voice. Callbacks are posted by tasks of their own.
 */
#pragma once
#include "call.h"
#include "io/httpc.h"
#include "params.h"
#include "recording.h"
#include "twiml.h"

struct page { /* the running document */
    struct arena *arena;
    const char *url; /* NULL: inline */
    struct element *root;
};
void page_free(struct page *p);

/* Parameters every request about this call has. */
void call_params(const struct call *c, struct params *p);

/*
 * NULL: the call was hung up or redirected meanwhile, or nothing worked and the error voice has been
 * heard; the caller looks at c->gone. extra may be NULL; its strings may die when this returns.
 */
struct page *await_page(struct call *c, const struct hook *from, const struct params *extra);
struct page *await_page_inline(struct call *c, const char *twiml);
/* The document could not be executed: the fallback's page, or NULL after the error voice. */
struct page *await_fallback(struct call *c, int code, const char *url);
/* A sound file; NULL with *code and the error noted, or when the call has gone. */
struct clip *await_sound(struct call *c, const char *url, int *code);

/* One signed request: h's URL and method with the parameters in it; p NULL: a plain GET without any. */
void webhook_prepare(struct arena *a, struct http_ask *ask, const struct hook *h,
                     const struct params *p);
/* Asks again when the connection could not even be made. */
void await_webhook(struct scope *s, const struct http_ask *ask, long retries,
                   struct http_answer *answer, enum err *e);

void callback_status(struct call *c, unsigned event);
void callback_recording(struct call *c, const struct recording *r);
void callback_amd(struct call *c);
/* event: stream-started, stream-stopped or stream-error; name and error may be NULL. */
void callback_stream(struct call *c, const struct hook *h, const char *sid, const char *name,
                     const char *event, const char *error);
int callbacks_running(void);
