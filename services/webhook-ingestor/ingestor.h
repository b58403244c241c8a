/* What the files of the ingestor share: its configuration and its route table. */
#pragma once
#include "io/httpd.h"

struct config {
#define CFG CFG_FIELD
#include "base/env.h"
#include "config.tbl.h"
#undef CFG
};
extern struct config cfg;

enum role { ROLE_TWILIO_SIGNED = 1, ROLE_LINK };
extern const struct route ROUTES[];
extern const size_t ROUTES_N;
