/*
 * The one error table: ERR(name, HTTP status, what becomes of the message, code in API answers).
 * Messages: ACK = done with it, RETRY = give it back, DEAD = to the dead-letter queue with the reason.
 */
ERR(INVALID,         400, DEAD,  "invalid_request")
ERR(UNAUTHENTICATED, 401, DEAD,  "unauthenticated")
ERR(FORBIDDEN,       403, DEAD,  "forbidden")
ERR(MISSING,         404, ACK,   "not_found")
ERR(METHOD,          405, DEAD,  "method_not_allowed")
ERR(CONFLICT,        409, ACK,   "conflict")
ERR(TOO_BIG,         413, DEAD,  "too_big")
ERR(URI_TOO_LONG,    414, DEAD,  "uri_too_long")
ERR(MEDIA_TYPE,      415, DEAD,  "unsupported_media_type")
ERR(RANGE,         416, DEAD,  "range_not_satisfiable")
ERR(UNPROCESSABLE,   422, DEAD,  "unprocessable")
ERR(LIMITED,         429, RETRY, "too_many_requests")
ERR(HEADERS,         431, DEAD,  "headers_too_large")
ERR(BUG,             500, DEAD,  "internal_error")
ERR(UPSTREAM,        502, RETRY, "upstream_failed")
ERR(BUSY,            503, RETRY, "unavailable")
ERR(CLOSING,         503, RETRY, "shutting_down")
ERR(TIMEOUT,         504, RETRY, "timeout")
