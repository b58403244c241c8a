/*
 * Faults on order. A rule names an API ("openai.chat", "twilio.*", "callback.status"), a kind, and
 * when: it lets `after` uses pass, then applies `times` times (0 = for ever).
 *
 *     struct fault_rule f;
 *     if (fault_due("openai.chat", arena, &f)) ... f.kind ...
 */
#pragma once
#include "io/js.h"

enum fault_kind {
    FAULT_NONE,
#define FAULT(name, text, help) FAULT_##name,
#include "tbl/fault.h"
#undef FAULT
};

struct fault_rule {
    enum fault_kind kind;
    int status;
    unsigned ms, retry_after;
    const char *body; /* NULL: what the API would say */
};

enum err fault_add(struct scope *s, const struct js *j) MUST_CHECK;
bool fault_due(const char *api, struct arena *a, struct fault_rule *out);
void faults_clear(void);
struct js *faults_list(struct scope *s);
