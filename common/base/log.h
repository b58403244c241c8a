/*
 * One JSON line per event on stderr:
 *
 *     log_info(scope, "call.placed", "sid", sid, "ms", fmt_int(ms));
 *
 * The scope (may be NULL) adds request, call, tenant and trace ids. Values are C strings (NULL shows
 * as null) and are escaped. Never log a secret, a transcript or a full number: mask_number().
 * A blocked stderr never blocks the process: the line is dropped and counted (log_dropped()).
 */
#pragma once
#include "base/scope.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

void log_open(const char *service, const char *level); /* level: debug info warn error */
void log_event(enum log_level level, const struct scope *s, const char *event,
               const char *const *kv, size_t n);
unsigned long log_dropped(void);

#define LOG_AT(level, s, event, ...)                                                               \
    log_event(level, s, event, (const char *const[]){__VA_ARGS__},                                 \
              sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))
#define log_debug(s, ...) LOG_AT(LOG_DEBUG, s, __VA_ARGS__)
#define log_info(s, ...)  LOG_AT(LOG_INFO, s, __VA_ARGS__)
#define log_warn(s, ...)  LOG_AT(LOG_WARN, s, __VA_ARGS__)
#define log_error(s, ...) LOG_AT(LOG_ERROR, s, __VA_ARGS__)

/* Short-lived text of a number, from a ring of 32: good until the end of the statement. */
const char *fmt_int(long long v);
const char *mask_number(const char *e164); /* "+15550100" -> "***00" */
