#include "world_rabbitmq.h"
#include "world_bash.h"
#include "base/die.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void bash_for(const struct rabbitmq *r, const char *line)
{
    char all[512], out[256];
    snprintf(all, sizeof all, "dir=%s port=%d epmd=%d dist=%d; %s", r->dir, r->port, r->epmd_port,
             r->dist_port, line);
    world_bash(all, out, sizeof out);
}

void rabbitmq_start(const struct rabbitmq *r)
{
    bash_for(r, "mq_start $dir $port $epmd $dist; mq_await $dir $port");
}

void rabbitmq_ctl(const struct rabbitmq *r, const char *command)
{
    char line[256];
    snprintf(line, sizeof line, "$dir/rabbitmqctl -q %s >/dev/null", command);
    bash_for(r, line);
}

void rabbitmq_kill(const struct rabbitmq *r)
{
    bash_for(r, "kill -KILL $(pid_alive $dir/pid); while pid_alive $dir/pid >/dev/null; do sleep "
                "0.05; done");
}

void rabbitmq_up(struct rabbitmq *r)
{
    char ports[64];
    strcpy(r->dir, "/tmp/va-rabbitmq.XXXXXX");
    CHECK(mkdtemp(r->dir));
    world_bash("free_ports 3", ports, sizeof ports);
    CHECK(sscanf(ports, "%d %d %d", &r->port, &r->epmd_port, &r->dist_port) == 3);
    snprintf(r->url, sizeof r->url, "amqp://guest:guest@127.0.0.1:%d/%%2f", r->port);
    rabbitmq_start(r);
}

void rabbitmq_down(struct rabbitmq *r)
{
    bash_for(r, "mq_stop $dir; rm -rf $dir");
}
