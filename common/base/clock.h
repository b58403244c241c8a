/*
 * Time. Deadlines are absolute monotonic milliseconds (clock_ms() + budget) and never compared across
 * processes; what crosses a process is wall-clock milliseconds since the epoch.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

uint64_t clock_ms(void); /* monotonic */
uint64_t clock_us(void); /* monotonic */
uint64_t clock_wall_us(void);
uint64_t clock_wall_ms(void);                       /* since 1970 */
void clock_rfc3339(uint64_t wall_ms, char out[25]); /* "2026-11-22T10:17:15.042Z" */
/* "Fri, 20 Aug 2010 01:13:42 +0000" (RFC 2822, UTC), as Twilio writes times; 0 when it is not one. */
uint64_t clock_parse_rfc2822(const char *text);

/* Milliseconds until an absolute monotonic deadline; 0 when it has passed. */
uint64_t clock_left(uint64_t deadline_ms);
