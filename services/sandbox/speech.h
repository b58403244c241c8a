/*
 * Speech, made once: text to a clip, cached (64 MiB, least recently used out first) and remembered
 * (memory.h). One synthesis at a time on a worker thread; who asks meanwhile waits in turn.
 *
 *     struct clip *c = await_speech("nova", 1.0, "Hello.");
 *     ... clip_drop(c);
 */
#pragma once
#include "clip.h"

struct clip *await_speech(const char *voice, double speed, const char *text); /* 24 kHz; yours */
void speech_close(void);
