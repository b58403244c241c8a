/* DEGRADED(name, word in metrics and turns, what happened) */
DEGRADED(FILLER, "filler", "the caller was told that we are at it, because an answer took long")
DEGRADED(LLM_RETRY, "llm_retry", "the model was asked a second time")
DEGRADED(LLM_LATE, "llm_late", "the model was stopped at its deadline; what had come was said")
DEGRADED(LLM, "llm", "no answer of the model's: an apology, and a message may be left")
DEGRADED(TTS, "tts", "words were given to <Say>, without our speech")
DEGRADED(STT, "stt", "what the caller said could not be transcribed")
DEGRADED(STREAM, "stream",
         "the media socket could not be had, or was lost: the call went on in turns")
DEGRADED(
    DIRECT, "direct",
    "the model that hears and speaks by itself could not be had or has failed; the others went on")
DEGRADED(DATABASE, "database", "the call began without the database, from memory")
