/*
 * A dead letter for people: one line of a list, or all of it.
 *
 *     letter_line(&s, &letter);
 *     letter_show(&s, &letter, false);           telephone numbers masked but for their last two digits
 */
#pragma once
#include "io/mq.h"

void letter_heading(void);
void letter_line(struct scope *s, const struct mq_letter *l);
void letter_show(struct scope *s, const struct mq_letter *l, bool raw);
