/* CFG(field, environment variable, type, default (NULL: required), help); see base/env.h. */
#define OPS_PORT_DEFAULT "9083"
#include "voice/tbl/common_config.h"
CFG(port, "PORT", INT, "8083", "port of the media socket")
CFG(media_url, "MEDIA_URL", TEXT, "",
    "where Twilio reaches it, wss://.../media; empty: every conversation goes turn by turn")
CFG(link_secret, "LINK_SECRET", SECRET, NULL,
    "signs what lets a socket belong to a call; 16 bytes or more")
CFG(database_url, "DATABASE_URL", SECRET, "postgres://voice@127.0.0.1:55432/voice", "PostgreSQL")
CFG(amqp_url, "AMQP_URL", SECRET, "amqp://guest:guest@127.0.0.1:55672/%2f",
    "RabbitMQ, amqp or amqps")
CFG(amqp_prefix, "AMQP_PREFIX", TEXT, "", "in front of every exchange and queue name")
CFG(openai_url, "OPENAI_BASE_URL", TEXT, "https://api.openai.com/v1",
    "OpenAI or a server that speaks its protocol: for every role that has no other")
CFG(openai_key, "OPENAI_API_KEY", SECRET, "", "its key; look-alikes may need none")
CFG(twilio_url, "TWILIO_API_URL", TEXT, "https://api.twilio.com",
    "Twilio's REST API, for recordings")
CFG(twilio_account, "TWILIO_ACCOUNT_SID", TEXT, NULL, "Twilio account")
CFG(twilio_token, "TWILIO_AUTH_TOKEN", SECRET, NULL, "its auth token")
CFG(twilio_token_next, "TWILIO_AUTH_TOKEN_NEXT", SECRET, "", "valid too while tokens are rotated")
#include "voice/tbl/recording_config.h"
CFG(llm_url, "LLM_BASE_URL", TEXT, "", "server that thinks; empty: OPENAI_BASE_URL")
CFG(llm_key, "LLM_API_KEY", SECRET, "", "its key; empty: OPENAI_API_KEY")
CFG(llm_model, "LLM_MODEL", TEXT, "gpt-4o-mini", "model that converses")
CFG(llm_temperature, "LLM_TEMPERATURE", TEXT, "", "0 to 2; empty: the model's default")
CFG(llm_max_tokens, "LLM_MAX_TOKENS", INT, "300", "longest answer of the model")
CFG(llm_max_tokens_field, "LLM_MAX_TOKENS_FIELD", TEXT, "max_completion_tokens",
    "how the server calls it; older ones: max_tokens")
CFG(llm_first_ms, "LLM_FIRST_MS", INT, "7000",
    "how long the first sentence may take; then we apologise")
CFG(llm_total_ms, "LLM_TOTAL_MS", INT, "20000",
    "how long a whole answer may take; then what came is said")
CFG(llm_tool_choice, "LLM_TOOL_CHOICE", TEXT, "",
    "sent with the tools: auto, required; empty: nothing is; off: no tools are offered")
CFG(llm_json, "LLM_JSON", TEXT, "schema",
    "how it is made to answer in JSON: schema, object or text (by asking)")
CFG(llm_fallback_url, "LLM_FALLBACK_URL", TEXT, "",
    "second server that thinks, for when the first one fails")
CFG(llm_fallback_key, "LLM_FALLBACK_KEY", SECRET, "", "its key")
CFG(llm_fallback_model, "LLM_FALLBACK_MODEL", TEXT, "", "its model; empty: LLM_MODEL")
CFG(llm_fallback_max_tokens_field, "LLM_FALLBACK_MAX_TOKENS_FIELD", TEXT, "",
    "empty: LLM_MAX_TOKENS_FIELD")
CFG(llm_fallback_tool_choice, "LLM_FALLBACK_TOOL_CHOICE", TEXT, "", "as LLM_TOOL_CHOICE")
CFG(stt_url, "STT_BASE_URL", TEXT, "", "server that hears; empty: OPENAI_BASE_URL")
CFG(stt_key, "STT_API_KEY", SECRET, "", "its key; empty: OPENAI_API_KEY")
CFG(stt_model, "STT_MODEL", TEXT, "whisper-1", "model that hears")
CFG(stt_format, "STT_FORMAT", TEXT, "",
    "json or verbose_json; empty: json for gpt- models, else verbose_json")
CFG(stt_fallback_url, "STT_FALLBACK_URL", TEXT, "", "second server that hears")
CFG(stt_fallback_key, "STT_FALLBACK_KEY", SECRET, "", "its key")
CFG(stt_fallback_model, "STT_FALLBACK_MODEL", TEXT, "", "its model; empty: STT_MODEL")
CFG(tts_url, "TTS_BASE_URL", TEXT, "", "server that speaks; empty: OPENAI_BASE_URL")
CFG(tts_key, "TTS_API_KEY", SECRET, "", "its key; empty: OPENAI_API_KEY")
CFG(tts_model, "TTS_MODEL", TEXT, "gpt-4o-mini-tts", "model that speaks")
CFG(tts_female, "TTS_VOICE_FEMALE", TEXT, "nova", "its voice for voice_gender female")
CFG(tts_male, "TTS_VOICE_MALE", TEXT, "onyx", "its voice for voice_gender male")
CFG(tts_voices, "TTS_VOICES", TEXT, "", "voices for languages: de.female=marin,en-GB.male=fable")
CFG(tts_fallback_url, "TTS_FALLBACK_URL", TEXT, "", "second server that speaks")
CFG(tts_fallback_key, "TTS_FALLBACK_KEY", SECRET, "", "its key")
CFG(tts_fallback_model, "TTS_FALLBACK_MODEL", TEXT, "", "its model; empty: TTS_MODEL")
CFG(tts_fallback_voices, "TTS_FALLBACK_VOICES", TEXT, "",
    "its voices: female=af_heart,male=am_michael; empty: as the first one's")
CFG(tts_ms, "TTS_MS", INT, "8000",
    "how long the speech of a sentence may take; then Twilio says it")
CFG(tts_cache_mb, "TTS_CACHE_MB", INT, "64", "memory for speech, at 8 kB a second")
CFG(provider_pause_ms, "PROVIDER_PAUSE_MS", INT, "5000",
    "how long a server that keeps failing is left alone before one request tries it; doubles up to "
    "a minute")
CFG(realtime_url, "REALTIME_URL", TEXT, "",
    "a model that hears and speaks by itself, for calls on a media socket: "
    "wss://api.openai.com/v1/realtime; empty: none")
CFG(realtime_key, "REALTIME_API_KEY", SECRET, "", "its key; empty: OPENAI_API_KEY")
CFG(realtime_model, "REALTIME_MODEL", TEXT, "gpt-realtime", "that model")
CFG(realtime_female, "REALTIME_VOICE_FEMALE", TEXT, "marin", "its voice for voice_gender female")
CFG(realtime_male, "REALTIME_VOICE_MALE", TEXT, "cedar", "its voice for voice_gender male")
CFG(filler_ms, "FILLER_MS", INT, "2500", "silence after which the caller hears that we are at it")
CFG(transcribe_minutes, "TRANSCRIBE_MINUTES_MAX", INT, "30",
    "of a recording, put into words after the call; 0: none is")
CFG(summary_model, "SUMMARY_MODEL", TEXT, "",
    "model that sums calls up; empty: the one that converses")
CFG(summary_tokens, "SUMMARY_TOKENS_MAX", INT, "1500",
    "longest answer of it; 0: no call is summed up")
CFG(calls_max, "CONVERSATIONS_MAX", INT, "2000", "conversations held at once")
CFG(call_minutes, "CALL_MINUTES_MAX", INT, "15", "longest conversation")
CFG(turns_max, "CALL_TURNS_MAX", INT, "60", "most turns of a caller in one conversation")
CFG(reconcile_after_s, "RECONCILE_AFTER_S", INT, "120",
    "silence after which Twilio is asked about a call")
