/* Rows of every service that reads recordings: where they are kept. See voice/store.h. */
CFG(recording_store, "RECORDING_STORE", TEXT, "",
    "where recordings are copied to: dir:/path or s3://bucket/prefix?region=R&endpoint=URL; empty: they stay at Twilio")
CFG(recording_store_key, "RECORDING_STORE_KEY", SECRET, "", "access key of the S3 store")
CFG(recording_store_secret, "RECORDING_STORE_SECRET", SECRET, "", "its secret")
