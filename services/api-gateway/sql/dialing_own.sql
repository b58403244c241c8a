-- -> body: may the agent's voice agent call? An admin's stop counts before the agent's own. $1 agent
select coalesce((
           select json_build_object('stopped', true, 'by', case when by_account = $1 then 'agent' else 'admin' end,
                                    'reason', reason, 'since', iso(at))
           from dial_stops where who in ('global', $1) order by by_account is not distinct from $1, at limit 1),
           json_build_object('stopped', false, 'by', null, 'reason', null, 'since', null))::text as body
