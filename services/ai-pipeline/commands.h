/*
 * What a caller can always say or press, understood here and not by the model: it works within
 * microseconds, the same every time, and with the model down.
 *
 *     switch (command_heard(text, "en-US")) { case COMMAND_PERSON: ... }
 *
 * A phrase counts only in an utterance that is little more than the phrase, so that "can I speak to
 * someone about the house on Elm Street" still reaches the model.
 */
#pragma once

enum command { COMMAND_NONE, COMMAND_PERSON, COMMAND_OPT_OUT, COMMAND_REPEAT };

enum command command_heard(const char *text, const char *language);
enum command command_pressed(char key); /* 0 person, 9 no more calls, * again */
