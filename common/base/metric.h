/*
 * Metrics, shown as Prometheus text on the ops port.
 *
 *     metric_add("va_http_requests_total", "route=\"/x\",status=\"200\"", 1);
 *     metric_set("va_mq_blocked", "", 1);
 *     metric_time("va_db_seconds", "statement=\"x\"", us);          a histogram, in seconds
 *
 * name must be a literal; labels are copied. At most 2,000 series: beyond, a new one is dropped and
 * counted in va_metrics_dropped_total, so that no input can make them grow without bound.
 */
#pragma once
#include "base/buf.h"
#include <stdint.h>

void metric_add(const char *name, const char *labels, double by);
void metric_set(const char *name, const char *labels, double value);
void metric_time(const char *name, const char *labels, uint64_t us);
void metric_print(struct buf *out);
