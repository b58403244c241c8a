/*
 * Who listens to server-sent events: a plain socket, HTTP/1.0, so that the events come as they are.
 *
 *     struct ears *e = listen_to(token, "/agent/events", NULL);
 *     const char *data = hear(e, "call.spoke");            the next one of that kind; fails the test after 20 s
 *     const char *id = last_heard(e);                      of the last event that had one
 *     stop_listening(e);
 */
#pragma once
#include <stdbool.h>

struct ears;
struct ears *listen_to(const char *token, const char *path, const char *last_event_id);
const char *hear(struct ears *e, const char *event);
bool heard_id(struct ears *e, const char *id,
              int seconds); /* whether an event with that id comes, or came */
const char *everything_heard(const struct ears *e);
const char *last_heard(const struct ears *e);
bool falls_silent(struct ears *e, int seconds); /* the server ends the stream by then */
/* When the stream ends, asks for what comes after the last event, as browsers do. */
struct ears *listen_and_come_back(const char *token, const char *path, const char *last_event_id);
struct ears *listen_without_reading(const char *token, const char *path);
void stop_listening(struct ears *e);
