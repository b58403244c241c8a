/*
 * X-Twilio-Signature, written from the description and shared with nobody: the services check with
 * code of their own, so that one mistake cannot hide on both sides.
 *
 *     char signature[SIGNATURE_TEXT];
 *     sign_request(token, "https://voice.example.com/voice", &params, signature);
 */
#pragma once
#include "params.h"
#define SIGNATURE_TEXT 29

/* A GET request passes params NULL: its parameters are in the URL already. */
void sign_request(const char *token, const char *url, const struct params *params,
                  char out[SIGNATURE_TEXT]);
