-- A number that was bought for this voice agent.
-- $1 voice agent, $2 number, $3 the provider's SID, $4 country
with bought as (
    insert into phone_numbers (phone_number, twilio_sid, country, status) values ($2, $3, $4, 'assigned')
    on conflict (phone_number) do update set twilio_sid = excluded.twilio_sid, updated_at = now()
    returning id
), given as (
    update voice_agents v set phone_number_id = bought.id, updated_at = now()
    from bought where v.id = $1 and v.phone_number_id is null
)
insert into provisioning_steps (voice_agent_id, step, state, detail) values ($1, 'number', 'done', $2 || ' bought')
