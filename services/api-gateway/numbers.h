/* Phone numbers as agents write them: E.164, or national in their own country. */
#pragma once
#include "io/httpd.h"

/* The country of the agent who asks; the scope's. */
enum err await_country(struct req *r, const char **out) MUST_CHECK;

/* One that is kept to be called; what must not be called is refused. out: E.164, the scope's. */
enum err number_to_call(struct scope *s, const char *field, const char *text, const char *country,
                        const char **out) MUST_CHECK;

/* Any. NULL stays NULL. */
enum err await_number(struct req *r, const char *field, const char *text,
                      const char **out) MUST_CHECK;
