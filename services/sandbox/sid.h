/* Twilio's identifiers: two letters and 32 hex digits. */
#pragma once
#include <stdbool.h>
#define SID_TEXT 35

void sid_make(const char *prefix, char out[SID_TEXT]);
/* "+15550100": a plus, 7 to 15 digits, the first not 0. */
bool number_valid(const char *e164);
