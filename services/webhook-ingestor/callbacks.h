/* Handlers of Twilio's callbacks; they need the broker, never the database. */
#pragma once
#include "io/httpd.h"

void callbacks_open(void);
req_handler hook_status, hook_recording, hook_amd;
