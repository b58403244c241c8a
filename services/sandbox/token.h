/*
 * The account's auth tokens, as Twilio has them: the primary (cfg.token) signs every webhook; it and the secondary, while
 * there is one, open the REST API. PUT /sandbox/tokens {"primary"?, "secondary"?} makes a secondary and promotes it.
 */
#pragma once
#include "io/httpd.h"

const char *token_secondary(void); /* "": there is none */
enum err control_tokens(struct req *r);
