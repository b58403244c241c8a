/*
 * One table of everything the sandbox answers, and what all answers have in common: who may ask, the
 * ledger, and faults on order.
 */
#pragma once
#include "faults.h"
#include "io/httpd.h"

enum side { TWILIO = 1, OPENAI, CONTROL };

struct api {
    const char *method, *path, *name; /* name: "twilio.calls.create", as in ledger and faults */
    enum side side;
    req_handler *handler;
    size_t max_body;
    unsigned budget_ms;
};

/* What a request carries in r->user. */
struct visit {
    const struct api *api;
    struct fault_rule fault; /* kind NONE = behave */
    struct form form;        /* Twilio: the body, or the query of a GET */
};
#define VISIT(r) ((struct visit *)(r)->user)

void api_open(const char *address, int port); /* dies when the port is taken */
void api_quiesce(void);
bool api_idle(void);
void api_close(void);

/* Replies through these: the fault on order is applied here. */
enum err answer(struct req *r, int status, const char *json);
enum err answer_js(struct req *r, int status, const struct js *j);
enum err answer_bytes(struct req *r, int status, const char *type, const void *p, size_t n);
enum err twilio_error(struct req *r, int status, int code, const char *message);
enum err openai_error(struct req *r, int status, const char *type, const char *param,
                      const char *code, const char *message);
/* The client has closed before its answer was there: an entry "NAME.gone" in the ledger. */
void note_gone(struct req *r);
/* Ends the connection without a byte. */
enum err cut(struct req *r, bool reset);
/* In the middle of a stream: return this, and the connection ends behind what has been written. */
enum err await_cut_short(void);
const char *form_text(struct req *r, const char *name); /* NULL when absent or empty */

/* Handlers, one file per noun. */
#define API(method, path, name, side, handler, max_body, budget_ms) req_handler handler;
#include "tbl/api.h"
#undef API
