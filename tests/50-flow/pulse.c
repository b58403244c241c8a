#include "pulse.h"
#include "base/die.h"
#include "world.h"
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define EVERY_MS 25

static void feel(struct pulse *p, enum process which)
{
    struct answer a = ask("GET", OPS + (int)which, NULL, "/healthz", NULL);
    p->asked++;
    p->unanswered += a.status != 200;
    if (a.ms > p->worst_ms)
        p->worst_ms = (int)a.ms;
}

static void watch(struct pulse *p)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;; usleep(EVERY_MS * 1000))
        for (int which = GATEWAY; which < PROCESSES; which++)
            feel(p, (enum process)which);
}

struct pulse *pulse_begin(void)
{
    struct pulse *p =
        mmap(NULL, sizeof *p, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(p != MAP_FAILED);
    pid_t child = fork();
    if (child == 0)
        watch(p);
    p->watcher = child; /* by us alone: the memory is shared */
    return p;
}

const struct pulse *pulse_end(struct pulse *p)
{
    kill(p->watcher, SIGKILL);
    waitpid(p->watcher, NULL, 0);
    fprintf(stderr, "/healthz: asked %d times, worst answer after %d ms\n", p->asked, p->worst_ms);
    return p;
}
