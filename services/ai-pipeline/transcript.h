/* A finished recording into words: channel by channel, laid beside the live turns. */
#pragma once
#include "io/mq.h"

msg_handler transcript_make; /* queue recording.transcribe */
