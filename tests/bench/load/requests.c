/* What Twilio posts when a call rings, is answered, and has ended; about 600 bytes of form each. */
#include "load.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/die.h"
#include "io/httpc.h"
#include "io/httpd.h"
#include "voice/signature.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define REQUEST_MAX 2048
#define FIELDS_MAX  64

static const char *const statuses[] = {"ringing", "in-progress", "completed"};
#define STATUSES (sizeof statuses / sizeof *statuses)

static void put_form(struct buf *form, const struct plan *p, unsigned call, unsigned step)
{
    char sid[35], from[16], sequence[2] = {(char)('1' + step), 0}, now[40];
    time_t at = (time_t)(clock_wall_ms() / 1000);
    strftime(now, sizeof now, "%a, %d %b %Y %H:%M:%S +0000", gmtime(&at));
    snprintf(sid, sizeof sid, "CA%032x", call);
    snprintf(from, sizeof from, "+1312%07u", call % 10000000);
    form_add(form, "AccountSid", p->account);
    form_add(form, "ApiVersion", "2010-04-01");
    form_add(form, "CallSid", sid);
    form_add(form, "CallStatus", statuses[step]);
    form_add(form, "CallbackSource", "call-progress-events");
    form_add(form, "Called", "+12025559999");
    form_add(form, "CalledCity", "WASHINGTON");
    form_add(form, "CalledCountry", "US");
    form_add(form, "CalledState", "DC");
    form_add(form, "CalledZip", "20005");
    form_add(form, "Caller", from);
    form_add(form, "CallerCity", "CHICAGO");
    form_add(form, "CallerCountry", "US");
    form_add(form, "CallerState", "IL");
    form_add(form, "CallerZip", "60601");
    form_add(form, "Direction", "inbound");
    form_add(form, "From", from);
    form_add(form, "FromCity", "CHICAGO");
    form_add(form, "FromCountry", "US");
    form_add(form, "FromState", "IL");
    form_add(form, "FromZip", "60601");
    form_add(form, "SequenceNumber", sequence);
    form_add(form, "Timestamp", now);
    form_add(form, "To", "+12025559999");
    form_add(form, "ToCountry", "US");
    form_add(form, "ToState", "DC");
    if (step == STATUSES - 1)
        form_add(form, "CallDuration", "42");
}

static void put_request(struct buf *out, const struct plan *p, unsigned call, unsigned step)
{
    struct scope s;
    scope_init(&s, 0);
    struct buf body = buf_in(s.arena, REQUEST_MAX);
    struct form form;
    char url[512], signature[SIGNATURE_TEXT];
    put_form(&body, p, call, step);
    CHECK(form_parse(&s, body.p, body.n, FIELDS_MAX, &form) == OK);
    snprintf(url, sizeof url, "%s%s", p->public_url, p->path);
    signature_make(p->token, url, &form, signature);
    buf_printf(out,
               "POST %s HTTP/1.1\r\nHost: bench\r\nUser-Agent: TwilioProxy/1.1\r\nAccept: */*\r\n"
               "X-Twilio-Signature: %s\r\nI-Twilio-Idempotency-Token: %08x-%u\r\n"
               "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n"
               "Content-Length: %zu\r\n\r\n%s",
               p->path, signature, call, step, body.n, body.p);
    scope_fini(&s);
}

/* All calls ring, then all are answered, then all end: no two of one call are under way at once. */
struct requests requests_make(const struct plan *p)
{
    struct requests r = {.n = (size_t)p->calls * STATUSES};
    struct buf text = BUF(r.n * REQUEST_MAX);
    r.at = must(calloc(r.n + 1, sizeof *r.at));
    for (size_t i = 0; i < r.n; i++) {
        put_request(&text, p, p->first + (unsigned)(i % p->calls), (unsigned)(i / p->calls));
        r.at[i + 1] = text.n;
    }
    CHECK(!text.over);
    r.text = text.p;
    return r;
}
