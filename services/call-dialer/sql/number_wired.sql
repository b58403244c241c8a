-- The number's webhooks point at us; nothing, when it is not the voice agent's any more.
-- $1 voice agent, $2 number id, $3 the provider's SID of the number
with wired as (
    update phone_numbers n set wired_at = now(), checked_at = now(), twilio_sid = $3, updated_at = now()
    from voice_agents v where n.id = $2 and v.id = $1 and v.phone_number_id = n.id
    returning n.id
)
insert into provisioning_steps (voice_agent_id, step, state) select $1, 'webhooks', 'done' from wired
