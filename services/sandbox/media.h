/*
 * Media Streams, the network's end: the socket, its messages, and the clock that sends a frame of the person
 * every 20 ms and plays one of what the agent sent.
 *
 *     struct media *m = await_media_create(call, url, parameters);
 *     media_open(m);
 *     while (!media_over(m) && await_call(call, UINT64_MAX) == WAKE_DONE)
 *         media_tell(m);                         what has been heard goes to the call's record
 *     media_close(m);                            "stop", if it is still open
 */
#pragma once
#include "call.h"
#include "twiml.h"

struct media;

/* Speech is made first. The URL and the parameters (children of <Stream>) are borrowed. */
struct media *await_media_create(struct call *c, const char *url, const struct element *stream);
void media_open(struct media *m);
bool media_over(const struct media *m);
bool media_started(const struct media *m); /* the upgrade has been answered */
const char *media_sid(const struct media *m);
int media_error(const struct media *m,
                const char **text); /* 0: the server has closed it in order */
void media_tell(struct media *m);
void media_close(struct media *m); /* from now on it is gone */
