/*
 * For the brain's own files: a conversation as far as the rules care, read from a request.
 *
 *     struct talk t = {.scope = s, .arena = s->arena, .tools = tools};
 *     talk_read(&t, messages);
 *     struct thought next = talk_answer(&t);            the rules
 *     const char *text = talk_structured(&t, format);   JSON by a schema, or talk_summary(&t)
 */
#pragma once
#include "brain.h"
#include "wording.h"
#include <time.h>

struct talk {
    struct scope *scope;
    struct arena *arena;
    const struct js *tools;
    const char *agent, *company;
    const char *last, *low;      /* the person's last words, and in lower case */
    const char *asked;           /* the assistant's words before them, lower case */
    const char *name;            /* the person's */
    const struct js *properties; /* the last list that a tool returned */
    long amount; /* what was asked for so far: the history may have lost the tools' answers */
    bool least;
    int bedrooms;
    const char *kind;
    bool day_known, hour_known, booked;
    struct tm today, day;
    int hour, minute;
    const struct js *result; /* of the tool that has just run */
    const char *result_of;
    const char *confirming; /* a tool that wanted its arguments read back, NULL: none */
    const struct js *confirmed;
};

extern const char talk_property_words[];

void talk_read(struct talk *t, const struct js *messages);
const char *talk_content(const struct js *message); /* a string, or a list of parts */
const char *talk_kind(const char *low);             /* of property; NULL: none is named */
bool talk_offered(const struct talk *t, const char *tool);
struct thought talk_answer(struct talk *t);
const char *talk_summary(struct talk *t);
const char *talk_structured(struct talk *t, const struct js *format);
