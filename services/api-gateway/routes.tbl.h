/*
 * The whole API on one screen: role beside path. ONCE: takes an Idempotency-Key. The last columns, where
 * given, are the longest body and the time the handler may take.
 */
/* clang-format off */
ROUTE("POST",  "/auth/login",                       ROLE_PUBLIC, auth_login)
ROUTE("POST",  "/auth/logout",                      ROLE_ANYONE, auth_logout)
ROUTE("GET",   "/auth/me",                          ROLE_ANYONE, auth_me)

ONCE( "POST",  "/agent/voice-agent/request",        ROLE_AGENT, voice_agent_request)
ROUTE("GET",   "/agent/voice-agent",                ROLE_AGENT, voice_agent_get)
ROUTE("PATCH", "/agent/voice-agent",                ROLE_AGENT, voice_agent_update)
ROUTE("GET",   "/agent/voice-agent/status",         ROLE_AGENT, voice_agent_status)
ROUTE("POST",  "/agent/voice-agent/toggle-status",  ROLE_AGENT, voice_agent_toggle)

ROUTE("GET",   "/agent/calls",                      ROLE_AGENT, calls_list)
ONCE( "POST",  "/agent/calls/initiate",             ROLE_AGENT, dial_initiate)
ONCE( "POST",  "/agent/calls/batch",                ROLE_AGENT, dial_batch, 512 * 1024)
ROUTE("GET",   "/agent/calls/{call_id}",            ROLE_AGENT, calls_get)
ROUTE("GET",   "/agent/calls/{call_id}/recording",  ROLE_AGENT, calls_recording)
ROUTE("GET",   "/agent/calls/{call_id}/transcript", ROLE_AGENT, calls_transcript)
ROUTE("GET",   "/agent/calls/{call_id}/turns",      ROLE_AGENT, calls_turns)
ROUTE("GET",   "/agent/batches/{batch_id}",         ROLE_AGENT, dial_batch_get)
ROUTE("GET",   "/agent/call-stats",                 ROLE_AGENT, stats_own)
ROUTE("GET",   "/agent/contacts",                   ROLE_AGENT, contacts_list)
ROUTE("GET",   "/media/recordings/{token}",         ROLE_PUBLIC, media_recording, 0, 15 * 60 * 1000)

ROUTE("GET",   "/admin/voice-agent-requests",                      ROLE_ADMIN, requests_list)
ROUTE("GET",   "/admin/voice-agent-requests/{request_id}",         ROLE_ADMIN, requests_get)
ROUTE("POST",  "/admin/voice-agent-requests/{request_id}/approve", ROLE_ADMIN, requests_approve, 0, 14000)
ROUTE("POST",  "/admin/voice-agent-requests/{request_id}/reject",  ROLE_ADMIN, requests_reject)
ROUTE("GET",   "/admin/voice-agents",                              ROLE_ADMIN, admin_voice_agents)
ROUTE("GET",   "/admin/voice-agents/{agent_id}",                   ROLE_ADMIN, admin_voice_agent)
ROUTE("GET",   "/admin/voice-agents/{agent_id}/call-stats",        ROLE_ADMIN, stats_of_agent)
ROUTE("GET",   "/admin/phone-numbers",                             ROLE_ADMIN, admin_numbers)
ROUTE("POST",  "/admin/phone-numbers",                             ROLE_ADMIN, admin_number_add)
ROUTE("POST",  "/admin/dialing/stop",                              ROLE_ADMIN, admin_dialing_stop)
ROUTE("POST",  "/admin/dialing/start",                             ROLE_ADMIN, admin_dialing_start)

ROUTE("GET",   "/openapi.yaml",                     ROLE_PUBLIC, docs_yaml)
ROUTE("GET",   "/docs",                             ROLE_PUBLIC, docs_page)
ROUTE("GET",   "/",                                 ROLE_PUBLIC, files_index)
ROUTE("GET",   "/assets/{name}",                    ROLE_PUBLIC, files_asset)
