/* Answers a document that browsers may keep and ask about again: 200, or 304. */
#pragma once
#include "io/httpd.h"

enum err files_reply(struct req *r, const char *type, const char *policy, const char *text,
                     size_t n);
