/* What the files of the ingestor share: its configuration and its roles. */
#pragma once
#include "base/env.h"
#include "io/httpd.h"

struct config {
#define CFG CFG_FIELD
#include "config.tbl.h"
#undef CFG
};
extern struct config cfg;

enum role { ROLE_TWILIO_SIGNED = 1, ROLE_LINK };
