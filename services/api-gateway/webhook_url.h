/*
 * Where agents may have events posted to: https, to the open Internet. Hosts named in WEBHOOK_PRIVATE_HOSTS may
 * also be inside, and plain http. What a name leads to is judged again at each connect (http_ask.public_only).
 */
#pragma once
#include <stdbool.h>

const char *webhook_url_refusal(const char *url); /* NULL: it will do; else why not */
bool webhook_url_is_inside(const char *url);      /* its host is one of WEBHOOK_PRIVATE_HOSTS */
