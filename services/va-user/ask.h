/*
 * A new password: asked for twice without echo on a terminal, else the first line of stdin. Never from
 * the command line, where everybody on the machine could read it.
 *
 *     char password[ASK_ROOM];
 *     const char *wrong = ask_password(password);       NULL: it is good
 */
#pragma once
#include "io/password.h"

#define ASK_ROOM (PASSWORD_MAX + 2)

const char *ask_password(char out[ASK_ROOM]);
