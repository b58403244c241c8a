/* CFG(field, environment variable, type, default (NULL: required), help); see base/env.h. */
#define OPS_PORT_DEFAULT "9095"
#include "voice/tbl/common_config.h"
CFG(port, "PORT", INT, "8095", "port of the servers that think and speak, and of /bench")
CFG(amqp_url, "AMQP_URL", SECRET, NULL, "RabbitMQ, for the floor of a bare question and answer")
CFG(amqp_prefix, "AMQP_PREFIX", TEXT, "", "in front of every exchange and queue name")
CFG(public_url, "PUBLIC_URL", TEXT, NULL, "the webhook-ingestor")
CFG(account, "TWILIO_ACCOUNT_SID", TEXT, NULL, "the account in every webhook")
CFG(token, "TWILIO_AUTH_TOKEN", SECRET, NULL, "signs every webhook")
CFG(line, "BENCH_LINE", TEXT, NULL, "the number that is called")
CFG(first_token_ms, "BENCH_FIRST_TOKEN_MS", INT, "50", "of the model: until its first token")
CFG(token_ms, "BENCH_TOKEN_MS", INT, "2", "between tokens")
CFG(speech_ms, "BENCH_SPEECH_MS", INT, "25",
    "of the speaker: until the sound, which then comes at once")
CFG(words_ms, "BENCH_WORDS_MS", INT, "300", "of the transcriber: until the words")
CFG(speech, "BENCH_SPEECH", TEXT, "", "file with what callers on a line say: mu-law, 8 kHz")
