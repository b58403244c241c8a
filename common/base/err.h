/*
 * Errors: every fallible function returns enum err; OK is 0. The table tbl/err.h decides what an
 * error means to an HTTP client and to the broker. Detail goes to scope->fault (scope.h).
 */
#pragma once

enum err {
    OK = 0,
#define ERR(name, http, queue, code) ERR_##name,
#include "base/tbl/err.h"
#undef ERR
    ERR_COUNT
};

enum fate { FATE_ACK, FATE_RETRY, FATE_DEAD };

#define MUST_CHECK __attribute__((warn_unused_result))

const char *err_name(enum err e); /* "TIMEOUT" */
const char *err_code(enum err e); /* "timeout", the code in API answers */
int err_http(enum err e);         /* 504 */
enum fate err_fate(enum err e);   /* FATE_RETRY */

/* Return the error upward. Safe anywhere, because the scope's arena owns what was allocated. */
#define TRY(x)                                                                                     \
    do {                                                                                           \
        enum err try_err_ = (x);                                                                   \
        if (try_err_)                                                                              \
            return try_err_;                                                                       \
    } while (0)
