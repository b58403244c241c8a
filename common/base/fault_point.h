/*
 * Named fault points at the boundaries where a crash would hurt (before and after a commit, a
 * publish, a confirm, a POST). Armed in test builds by the environment:
 *
 *     VA_FAULT="dial.before_post=kill"          SIGKILL ourselves at the first hit
 *     VA_FAULT="dial.after_post=stop@2"         SIGSTOP at the second hit
 *
 * A release build contains none of this.
 */
#pragma once

#ifdef VA_FAULTS
void fault_point(const char *name);
#else
static inline void fault_point(const char *name)
{
    (void)name;
}
#endif
