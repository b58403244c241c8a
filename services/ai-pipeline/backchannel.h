/*
 * What listeners say while somebody else goes on speaking: "mhm", "yeah, okay". No wish to speak.
 *
 *     backchannel_heard("Uh-huh.", "en-US")       true
 */
#pragma once
#include <stdbool.h>

bool backchannel_heard(const char *text, const char *language);
/* Also what one says on taking up the receiver: "Hello?" */
bool backchannel_greeting(const char *text, const char *language);
