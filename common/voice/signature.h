/*
 * Signatures of Twilio's requests (X-Twilio-Signature).
 *
 *     struct signed_request sr = {.public_url = cfg.public_url, .target = r->target, .form = &form,
 *                                 .tokens = {cfg.auth_token, cfg.auth_token_next},
 *                                 .signature = req_header(r, "X-Twilio-Signature")};
 *     TRY(signature_check(&r->scope, &sr));
 *
 * The URL is the configured public origin plus the raw target, never what Host says. Twilio's back
 * ends disagree about ports, so the URL counts with the port as configured, without it, and with the
 * scheme's default port when it has none. Credentials in the origin count with and without.
 *
 * Error: ERR_FORBIDDEN, code "bad_signature", when the header is absent or does not match.
 */
#pragma once
#include "base/scope.h"
#include "io/httpd.h"

struct signed_request {
    const char *public_url;  /* "https://voice.example.com", a trailing slash is ignored */
    const char *target;      /* "/path?query" exactly as received */
    const struct form *form; /* the decoded form body; NULL when the body is none or no form */
    const char *body; /* raw; only used when the query carries bodySHA256, or without a form */
    size_t body_n;
    const char *tokens[2]; /* auth token, and the next one during a rotation (NULL or "": none) */
    const char *signature; /* the header; NULL when absent */
};

enum err signature_check(struct scope *s, const struct signed_request *r) MUST_CHECK;

/* Sign as Twilio does: for the sandbox and for tests. out: 29 bytes. url as requested, form or NULL. */
#define SIGNATURE_TEXT 29
void signature_make(const char *token, const char *url, const struct form *form,
                    char out[SIGNATURE_TEXT]);
