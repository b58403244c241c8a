-- migrate:up

-- The shapes in which the API shows things, each in one place. They run with the caller's rights: whoever
-- may not read a column cannot call the function that shows it.

create function voice_agent_json(v voice_agents) returns json language sql stable as $$
    select json_build_object(
        'id', v.id, 'real_estate_agent_id', v.real_estate_agent_id, 'phone_number_id', v.phone_number_id,
        'phone_number', (select n.phone_number from phone_numbers n where n.id = v.phone_number_id),
        'name', v.name, 'system_prompt', v.system_prompt, 'use_default_prompt', v.use_default_prompt,
        'status', v.status, 'settings', v.settings,
        'created_at', iso(v.created_at), 'updated_at', iso(v.updated_at))
$$;

-- Without recording_url, which the gateway signs. The transcript is given by who writes its reader down.
create function call_json(c calls, transcript text) returns json language sql stable as $$
    select json_build_object(
        'id', c.id, 'voice_agent_id', c.voice_agent_id, 'real_estate_agent_id', c.real_estate_agent_id,
        'twilio_call_sid', c.twilio_call_sid, 'contact_id', c.contact_id,
        'contact_name', (select k.name from contacts k where k.id = c.contact_id),
        'from_number', c.from_number, 'to_number', c.to_number, 'status', c.status, 'direction', c.direction,
        'duration_seconds', c.duration_seconds, 'transcript', transcript,
        'has_transcript', c.transcript is not null,
        'recording_sid', c.recording_sid, 'batch_id', c.batch_id, 'reason', c.end_reason,
        'answered_by', c.answered_by, 'error_code', c.error_code, 'started_at', iso(c.started_at),
        'answered_at', iso(c.answered_at), 'ended_at', iso(c.ended_at), 'created_at', iso(c.created_at))
$$;

create function voice_agent_request_json(q voice_agent_requests) returns jsonb language sql stable as $$
    select jsonb_build_object(
        'id', q.id, 'real_estate_agent_id', q.real_estate_agent_id, 'status', q.status,
        'requested_at', iso(q.requested_at), 'reviewed_at', iso(q.reviewed_at),
        'rejection_reason', q.rejection_reason, 'agent_name', a.name, 'company_name', a.company_name,
        'agent_email', a.email)
    from real_estate_agents a where a.id = q.real_estate_agent_id
$$;

-- migrate:down

drop function voice_agent_request_json, call_json, voice_agent_json;
