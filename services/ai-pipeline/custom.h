/*
 * The agent's own commands, of the settings' custom_commands. Each is one line:
 *
 *     "opening hours | when are you open => We are open from nine to five."    words to say
 *     "speak to sales => transfer"       transfer, message, opt out, repeat, goodbye
 *     "5 => Our office is at 12 Main Street."                                  a key, 1 to 8 or #
 *     "show properties"                                 no arrow: a hint for the model, no more
 *
 * They are matched here, so they work with the model down. The commands of commands.h come first.
 *
 *     const struct custom *x = custom_heard(list, n, text, "en-US");     NULL: none
 */
#pragma once
#include "base/arena.h"
#include "commands.h"
#include <stddef.h>

struct custom {
    const char *phrase; /* NULL: a key */
    char key;
    enum command command; /* COMMAND_NONE: answer is said */
    const char *answer;
};

struct js;
/* The arena's; a line with alternatives becomes several. *hints: the other lines, or NULL. */
const struct custom *custom_read(struct arena *a, const struct js *lines, size_t *n,
                                 const char **hints);
const struct custom *custom_heard(const struct custom *list, size_t n, const char *text,
                                  const char *language);
const struct custom *custom_pressed(const struct custom *list, size_t n, char key);
