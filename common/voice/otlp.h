/*
 * Spans go to a collector: OTLP over HTTP, as JSON. Once a second, or when there are many, one request at a time; what
 * the collector does not take is counted and forgotten (va_spans_dropped_total). No call waits for it.
 *
 *     otlp_open(&(struct otlp_config){.service = "call-dialer", .endpoint = "http://127.0.0.1:4318", .ratio = "0.1"});
 *     ...
 *     await_otlp_close();          sends what is left, for two seconds at most
 */
#pragma once
#include <stdbool.h>

struct otlp_config {
    const char *service;
    const char *endpoint;   /* "/v1/traces" is put behind it; "": nothing is exported */
    const char *ratio;      /* of the traces that begin here, "0" to "1" */
    const char *attributes; /* of the resource: "deployment.environment=prod,region=eu" */
    const char *headers;    /* of the requests, likewise: "api-key=..." */
};

bool otlp_ratio(const char *text, double *ratio); /* false: not from 0 to 1 */
void otlp_open(const struct otlp_config *cfg);
void await_otlp_close(void);
