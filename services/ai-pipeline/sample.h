/* The voice as callers will hear it, for who chooses one. Answers voice.sample. */
#pragma once
#include "io/mq.h"

msg_handler sample_make;
