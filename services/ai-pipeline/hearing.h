/*
 * Words from a recording of one turn, beside the conversation: a task fetches and transcribes it, and
 * posts `event` with a struct understood.
 *
 *     struct hearing *h = hearing_start(sid, language, hints, &mailbox, EV_UNDERSTOOD);
 *     hearing_drop(h);                 at any time; nothing is posted after it
 */
#pragma once
#include <stdbool.h>

struct mailbox;
struct hearing;

struct understood {
    unsigned serial; /* whose: hearing_serial() */
    bool failed;     /* nobody could transcribe it */
    char text[];     /* "": there are no words in it */
};

bool hearing_possible(void); /* somebody transcribes */
struct hearing *hearing_start(const char *recording_sid, const char *language, const char *hints,
                              struct mailbox *mail, int event);
unsigned hearing_serial(const struct hearing *h);
void hearing_drop(struct hearing *h); /* NULL is fine */
