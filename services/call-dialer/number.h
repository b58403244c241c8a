/*
 * Our phone numbers at Twilio: bought once, led to us, looked after.
 *
 *     TRY(await_number_buy(s, voice_agent_id, "+14155550123", false));
 *     TRY(await_number_wire(s, sid));
 *
 * Who buys has written the number down first (number_want.sql), so that a purchase whose answer was lost,
 * or not noted, is found again.
 */
#pragma once
#include "base/scope.h"
#include <stdbool.h>

/*
 * A wanted number becomes the voice agent's, or the pool's when its setup is over. asked: it may be
 * ours already. ERR_CONFLICT: it is somebody else's; ERR_UNPROCESSABLE: not for us. The number stays
 * wanted as long as it is not certain that it was not bought.
 */
enum err await_number_buy(struct scope *s, const char *voice_agent_id, const char *number,
                          bool asked) MUST_CHECK;

/* sid NULL: asked for. ERR_MISSING: the account does not own the number. */
enum err await_number_wire(struct scope *s, const char *number, const char **sid) MUST_CHECK;
enum err await_number_unwire(struct scope *s,
                             const char *sid) MUST_CHECK; /* leads nowhere; gone is fine */

/* The reconciler's steps. */
enum err await_numbers_settle(struct scope *s) MUST_CHECK; /* lost purchases, orphans */
enum err await_numbers_check(struct scope *s) MUST_CHECK;  /* drift */
