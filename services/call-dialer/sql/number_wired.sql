-- The number's webhooks point at us.
-- $1 voice agent, $2 number id, $3 the provider's SID of the number
with wired as (
    update phone_numbers set wired_at = now(), twilio_sid = $3, updated_at = now() where id = $2
)
insert into provisioning_steps (voice_agent_id, step, state) values ($1, 'webhooks', 'done')
