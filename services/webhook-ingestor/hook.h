/*
 * A verified request of Twilio's. The guard checks the signature before anything else looks at the
 * request; then the fields every handler needs are here, and the rest by hook_get().
 *
 * Bad input: no or wrong signature 403, another account 403, not a form 415, CallSid not a SID or
 * given twice 400 (contracts: form fields are strings; unknown ones are kept for the ledger).
 */
#pragma once
#include "base/buf.h"
#include "io/httpd.h"

struct hook {
    struct form form, query;
    const char *call_sid, *from, *to;
    const char *direction;  /* "inbound" or "outbound" */
    const char *attempt_id; /* of a call we placed; NULL unless its token in the URL is ours */
};

req_handler hook_guard; /* httpd_config.guard */
req_handler hook_probe; /* of our own diagnosis: arrived, and the signature holds */
const struct hook *hook_of(const struct req *r);
const char *hook_get(const struct hook *h, const char *name);     /* form field; NULL when absent */
const char *hook_query(const struct hook *h, const char *name);   /* of the URL; NULL when absent */
long long hook_query_int(const struct hook *h, const char *name); /* 0 when absent */
void hook_put_params(const struct hook *h,
                     struct buf *out);       /* every form field, as a JSON object */
void hook_key(struct req *r, char hex[65]);  /* hash of the signed content: the dedupe key */
const char *hook_line(const struct hook *h); /* our own number; NULL when absent */
bool sid_valid(const char *sid, const char *prefix); /* prefix and 32 hex digits */
