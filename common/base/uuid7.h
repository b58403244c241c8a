/* UUID version 7 (RFC 9562 section 5.7): 48 bits of wall-clock milliseconds, then random. */
#pragma once
#define UUID_TEXT 37 /* with the closing NUL */

void uuid7(char out[UUID_TEXT]);
_Bool uuid_valid(const char *s); /* 8-4-4-4-12 lower- or upper-case hex, any version */
