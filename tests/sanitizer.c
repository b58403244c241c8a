/*
 * Criterion's runner loses a few messages of its workers now and then: a leak, but not ours. So leaks
 * are looked for in the workers only: the runner starts them with BXFI_MAP in the environment.
 */
#include <stdlib.h>

int __lsan_is_turned_off(void);

int __lsan_is_turned_off(void)
{
    return getenv("BXFI_MAP") == NULL;
}
