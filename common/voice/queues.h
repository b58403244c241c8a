/*
 * Every durable queue, once: who consumes it adds a handler, who publishes to it declares it too, so
 * that nothing is unroutable because a consumer has never run yet.
 *
 *     static const struct mq_queue queues[] = {
 *         {QUEUE_CALL_DIAL, .prefetch = 16, .handler = dial},
 *         {QUEUE_STATS_CHANGED},
 *     };
 *
 * A queue is named after the message type it holds (proto/<type>.schema.json).
 */
#pragma once
#include "io/mq.h"

/* clang-format off */

/* Jobs and RPC requests. */
#define QUEUE_CALL_DIAL        .name = "call.dial", .exchange = MQ_CMD, .key = "call.dial"
#define QUEUE_CALL_HANGUP      .name = "call.hangup", .exchange = MQ_CMD, .key = "call.hangup"
#define QUEUE_DIALING_HALT     .name = "dialing.halt", .exchange = MQ_CMD, .key = "dialing.halt"
#define QUEUE_NUMBER_PROVISION .name = "number.provision", .exchange = MQ_CMD, .key = "number.provision"
#define QUEUE_RECORDING_STORE  .name = "recording.store", .exchange = MQ_CMD, .key = "recording.store"
#define QUEUE_RECORDING_TRANSCRIBE .name = "recording.transcribe", .exchange = MQ_CMD, .key = "recording.transcribe"
#define QUEUE_CALL_SUMMARIZE   .name = "call.summarize", .exchange = MQ_CMD, .key = "call.summarize"
#define QUEUE_WEBHOOK_DELIVER  .name = "webhook.deliver", .exchange = MQ_CMD, .key = "webhook.deliver"
#define QUEUE_TURN_TAKE        .name = "turn.take", .exchange = MQ_CMD, .key = "turn.take", .live = true
#define QUEUE_AI_CHECK         .name = "ai.check", .exchange = MQ_CMD, .key = "ai.check", .live = true
#define QUEUE_VOICE_SAMPLE     .name = "voice.sample", .exchange = MQ_CMD, .key = "voice.sample", .live = true

/* Events. */
#define QUEUE_CALL_STATUS      .name = "call.status", .exchange = MQ_EVT, .key = "call.status"
#define QUEUE_CALL_RECORDING   .name = "call.recording", .exchange = MQ_EVT, .key = "call.recording"
#define QUEUE_CALL_AMD         .name = "call.amd", .exchange = MQ_EVT, .key = "call.amd"
#define QUEUE_TURN_DONE        .name = "turn.done", .exchange = MQ_EVT, .key = "turn.done"
#define QUEUE_STATS_CHANGED    .name = "stats.call.changed", .exchange = MQ_EVT, .key = "call.changed"
#define QUEUE_STATS_SPOKE      .name = "stats.call.spoke", .exchange = MQ_EVT, .key = "call.spoke"

/* This process's own copy of an event; gone with the process. */
#define QUEUE_OWN(event)       .exchange = MQ_EVT, .key = (event)
