/*
 * Idempotency-Key, around any handler that creates something: the same key with the same request gets
 * the stored answer, with another request 409. A refusal is not stored: nothing was done, so the key
 * may be used again. When it is unknown whether anything was done, the key stays taken.
 */
#pragma once
#include "io/httpd.h"

enum err await_once(struct req *r, req_handler *handler) MUST_CHECK;
