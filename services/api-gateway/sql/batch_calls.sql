-- -> body, no row when there is no such batch. $1 agent, $2 batch, $3 page, $4 page size, $5 state or null
with batch as materialized (
    select id from batches where real_estate_agent_id = $1 and id = $2
), page as materialized (
    select i.* from batch_contacts i, batch
    where i.batch_id = batch.id and ($5::text is null or i.state = $5)
    order by i.position limit $4::int offset ($3::bigint - 1) * $4::int
)
select json_build_object(
    'items', coalesce((
        select json_agg(json_build_object(
            'position', i.position, 'contact_id', i.contact_id, 'contact_name', k.name, 'to_number', i.to_number,
            'state', i.state, 'outcome', i.outcome, 'reason', i.reason, 'attempts', i.tries,
            'next_try_at', case when i.state = 'waiting' then iso(i.not_before) end, 'call_id', i.call_id,
            'call_sid', c.twilio_call_sid,
            'status', coalesce(c.status, case when i.state = 'ended' then 'canceled' else 'initiated' end),
            'duration_seconds', coalesce(c.duration_seconds, 0)) order by i.position)
        from page i left join contacts k on k.id = i.contact_id left join calls c on c.id = i.call_id), '[]'),
    'total', (select count(*) from batch_contacts i where i.batch_id = batch.id and ($5::text is null or i.state = $5)),
    'page', $3::bigint, 'page_size', $4::int)::text as body
from batch
