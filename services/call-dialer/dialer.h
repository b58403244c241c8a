/* What the files of the dialer share: its configuration, and the account it dials and buys with. */
#pragma once
#include "base/env.h"
#include "voice/twilio.h"

struct config {
#define CFG CFG_FIELD
#include "config.tbl.h"
#undef CFG
    const char *countries; /* DIAL_COUNTRIES as an SQL array: "{US,CA}" */
};
extern struct config cfg;
extern struct twilio account;
