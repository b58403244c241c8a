/* What keeps calls from being opened, as a client is told it. */
#pragma once
#include "io/httpd.h"

enum err dial_refuse(struct req *r, const char *word) MUST_CHECK; /* the statement's word for it */
