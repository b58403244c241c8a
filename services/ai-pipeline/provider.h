/*
 * The servers that think, hear and speak for us, by role: the first one and, when configured, a second.
 *
 *     struct provider *p = provider_for(ROLE_LLM);
 *     ... a request to p->at, with p->model ...
 *     provider_done(p, &end, ms);              how it ended, unless it was called off
 *
 * provider_for() never fails: it leaves out one that has just failed as long as another one has not. A
 * breaker per provider opens after some failures in a row, or at once when a person must act (key,
 * quota); then one request per pause tries whether it is back (longer each time, up to a minute).
 * provider_open(): nobody of that role is worth asking just now.
 */
#pragma once
#include "voice/openai.h"
#include <stdbool.h>
#include <stdint.h>

enum role { ROLE_LLM, ROLE_STT, ROLE_TTS, ROLES };

struct provider {
    const char *name; /* "llm", "llm-fallback": of metrics and log */
    struct openai at;
    const char *model;  /* "": not configured */
    const char *voices; /* TTS: see provider_voice() */
    /* private */
    int failures; /* in a row */
    uint64_t failed_at, open_until, pause_ms;
    double spare; /* retries it may still cause */
};

void providers_open(void); /* reads cfg; asks each in the background whether it has its model */
void providers_warm(void); /* a call begins: connections to those who converse */

struct provider *provider_for(enum role r);
const struct provider *provider_likely(enum role r); /* the same, without a request that follows */
bool provider_open(enum role r);
void provider_done(struct provider *p, const struct openai_end *end, uint64_t ms);
/*
 * Is it worth asking again, and when? Not for a fault of our own, and not once retries are more than a tenth of
 * the requests: a server in trouble gets no more of it. Counts as a retry when true.
 */
bool provider_again(enum role r, const struct openai_end *end, unsigned *after_s);

/*
 * The voice for a language, out of "female=nova,male=onyx,de.female=marin,en-GB.male=fable": the whole
 * tag, then the language, then the gender. Until the next question.
 */
const char *provider_voice(const struct provider *p, bool male, const char *language);

/* Of a role the first (0) or the fallback (1); NULL: there is none. */
const struct provider *provider_at(enum role r, int i);
const char *provider_role_name(enum role r); /* "llm" */
/* Where it is, without what a URL may say of credentials; the arena's. */
const char *provider_host(struct arena *a, const struct provider *p);
bool provider_is_open(const struct provider *p); /* left alone for now */

bool provider_offers_tools(const struct provider *p);
bool provider_hears_times(const struct provider *p); /* STT: segments with times */
