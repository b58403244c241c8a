/*
 * Named fault points at the boundaries where a crash would hurt (before and after a commit, a
 * publish, a confirm, a POST). Armed in test builds by the environment, several with commas:
 *
 *     VA_FAULT="dial.posting=kill"              SIGKILL ourselves at the first hit
 *     VA_FAULT="dial.answered=stop@2"           SIGSTOP at the second hit
 *     VA_FAULT="relay.leased=sleep:800@3"       the whole process stands still for 800 ms at the third
 *
 * Each works once, and says so in the log (fault.fired) before it does. A release build contains none of this.
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
