/*
 * Words from what a caller has said, beside the conversation: a task transcribes it, and `told` gets
 * them, on that task's stack.
 *
 *     struct hearing *h = hearing_of_sound(pack, language, hints, told, self);      or hearing_of_recording()
 *     hearing_drop(h);                 once, at any time: a request under way ends, and nobody is told
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct hearing;
struct pack;

struct understood {
    unsigned serial;   /* whose: hearing_serial() */
    bool failed;       /* nobody could transcribe it */
    double confidence; /* < 0: not told */
    size_t n;          /* of it all: sizeof plus the text with its NUL */
    char text[];       /* "": there are no words in it */
};
typedef void hearing_h(void *arg, const struct understood *u);

bool hearing_possible(void); /* somebody transcribes */
/* A recording of the network's: it is fetched, and waited for when it is not there yet. */
struct hearing *hearing_of_recording(const char *sid, const char *language, const char *hints,
                                     hearing_h *told, void *arg);
struct hearing *hearing_of_sound(struct pack *yours, const char *language, const char *hints,
                                 hearing_h *told, void *arg);
unsigned hearing_serial(const struct hearing *h);
void hearing_drop(struct hearing *h); /* NULL is fine */
