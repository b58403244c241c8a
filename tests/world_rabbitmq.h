/*
 * A RabbitMQ of the test's own, which it may kill, restart and starve of memory. Takes seconds to boot.
 *
 *     struct rabbitmq r;
 *     rabbitmq_up(&r);
 *     ... r.url ...
 *     rabbitmq_ctl(&r, "set_vm_memory_high_watermark absolute 1");
 *     rabbitmq_down(&r);
 *
 * All of them block: beside a running loop call them by await_work().
 */
#pragma once

struct rabbitmq {
    char dir[64];
    int port, epmd_port, dist_port;
    char url[96];
};

void rabbitmq_up(struct rabbitmq *r);
void rabbitmq_ctl(const struct rabbitmq *r, const char *command);
void rabbitmq_kill(const struct rabbitmq *r);  /* without a goodbye */
void rabbitmq_start(const struct rabbitmq *r); /* again, on the same port and data */
void rabbitmq_down(struct rabbitmq *r);
