/*
 * What a caller can always say or press, understood here and not by the model: it works within
 * microseconds, the same every time, and with the model down. What the agent's own settings add to it is
 * in custom.h.
 *
 *     switch (command_heard(text, "en-US")) { case COMMAND_PERSON: ... }
 *
 * A phrase counts only in an utterance that is little more than the phrase, so that "can I speak to
 * someone about the house on Elm Street" still reaches the model, and not in a clause that negates it.
 */
#pragma once
#include <stdbool.h>

enum command {
    COMMAND_NONE,
    COMMAND_PERSON,
    COMMAND_OPT_OUT,
    COMMAND_REPEAT,
    /* by custom commands only */
    COMMAND_MESSAGE,
    COMMAND_GOODBYE,
};

enum command command_heard(const char *text, const char *language);
enum command command_pressed(char key); /* 0 person, 9 no more calls, * again */

bool command_is_no(const char *text, const char *language); /* it begins with a no */

/* A phrase of one's own: whether it was said, with at most so many words beyond it and politeness. */
bool command_said(const char *text, const char *language, const char *phrase, int beyond);
