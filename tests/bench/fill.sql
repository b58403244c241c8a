-- A year of five agents' calls, psql -v n=NUMBER: the first has half of them. 80 % are completed, 1 in 1,000
-- is canceled; three of four that were completed have a recording; 20 are still open.
\set ON_ERROR_STOP on
set client_min_messages = warning;
truncate call_marks, number_endings, real_estate_agents, admins, phone_numbers, sessions cascade;
truncate call_stats_daily, call_stats_slots, call_stats_monthly;

insert into admins (id, email, name, password_hash) values ('bench-admin', 'admin@bench.test', 'Bench', '!');
insert into real_estate_agents (id, email, name, timezone, password_hash)
select 'bench-agent-' || i, 'agent' || i || '@bench.test', 'Agent ' || i, 'America/New_York', '!'
from generate_series(1, 5) i;
insert into sessions (token_hash, account_kind, account_id, expires_at, last_seen_at)
values (encode(sha256(convert_to(:'agent_token', 'utf8')), 'hex'), 'agent', 'bench-agent-1', now() + interval '1 day', now() + interval '1 day'),
       (encode(sha256(convert_to(:'admin_token', 'utf8')), 'hex'), 'admin', 'bench-admin', now() + interval '1 day', now() + interval '1 day');
insert into phone_numbers (id, phone_number, status)
select 'bench-number-' || i, '+1202555100' || i, 'assigned' from generate_series(1, 5) i;
insert into voice_agents (id, real_estate_agent_id, phone_number_id, name, status)
select 'bench-voice-' || i, 'bench-agent-' || i, 'bench-number-' || i, 'Sarah', 'active' from generate_series(1, 5) i;
insert into contacts (id, real_estate_agent_id, name, phone_number)
select 'bench-contact-' || i || '-' || k, 'bench-agent-' || i, 'Contact ' || k, '+1' || (2125550000 + k * 7919)
from generate_series(1, 5) i, generate_series(1, 1000) k;
insert into batches (id, real_estate_agent_id, delay_seconds, total)
select 'bench-batch-' || k, 'bench-agent-1', 30, 100 from generate_series(1, 20) k;

set session_replication_role = replica; -- no triggers: what follows from the calls is written below, at once
-- Four people in ten are contacts, the others ring from one of n / 5 numbers.
with dice as materialized (
    select k, case when k % 2 = 0 then 1 else 2 + (k / 2) % 4 end as agent,
           (random() * 1000)::int as luck, random() < 0.4 as known, (random() * 999)::int + 1 as contact,
           (random() * (:n / 5))::bigint as stranger, random() < 0.6 as inbound,
           now() - interval '1 minute' - (:n - k) * (interval '365 days' / :n) as at
    from generate_series(1, :n) k
), call as (
    select *, '+1202555100' || agent as near,
           case when known then '+1' || (2125550000 + contact * 7919) else '+1' || (2012000000 + stranger * 31337 % 7000000000) end as far,
           case when k > :n - 20 then 'in-progress' when luck < 1 then 'canceled' when luck < 20 then 'failed'
                when luck < 80 then 'busy' when luck < 200 then 'no-answer' else 'completed' end as status
    from dice
)
insert into calls (voice_agent_id, real_estate_agent_id, twilio_call_sid, contact_id, from_number, to_number,
                   status, direction, duration_seconds, recording_sid, recording_url, batch_id, batch_position,
                   created_at, started_at, ended_at)
select 'bench-voice-' || agent, 'bench-agent-' || agent, 'CA' || k,
       case when known then 'bench-contact-' || agent || '-' || contact end,
       case when inbound then far else near end, case when inbound then near else far end,
       status, case when inbound then 'inbound' else 'outbound' end,
       case when status = 'completed' then luck / 4 else 0 end,
       case when status = 'completed' and luck % 4 > 0 then 'RE' || k end,
       case when status = 'completed' and luck % 4 > 0 then 'https://provider.test/RE' || k end,
       case when agent = 1 and k % (:n / 1000) = 0 and k <= :n then 'bench-batch-' || (1 + (k / (:n / 1000)) % 20) end,
       0, at, at, at + interval '2 minutes'
from call;

insert into call_marks (real_estate_agent_id, mark, created_at, call_id)
select real_estate_agent_id, m.mark, created_at, id
from calls cross join lateral (select status where status_rank(status) = 3
                               union all select 'recorded' where recording_url is not null) m (mark);
insert into number_endings (real_estate_agent_id, ending, far_number)
select real_estate_agent_id, substr(far, i), far
from (select distinct real_estate_agent_id, far_number(direction, from_number, to_number) as far from calls) n
cross join lateral generate_series(2, length(far) - 2) i;
reset session_replication_role;

insert into live_calls (call_id, real_estate_agent_id, direction, far_number, check_at)
select id, real_estate_agent_id, direction, id, now() + interval '1 day' from calls where status = 'in-progress';

-- The floors of the statistics. Days as they are always written; slots in one go, for the lists alone, because a
-- year has 35,000 of them per agent.
insert into call_stats_slots (real_estate_agent_id, slot, figures, total_calls, inbound_calls, recorded_calls,
                              calls_by_status, inbound_by_status)
select agent, slot, '{}', sum(n), sum(inbound), sum(recorded), jsonb_object_agg(status, n),
       jsonb_object_agg(status, inbound)
from (select real_estate_agent_id as agent, stats_slot(created_at) as slot, status, count(*)::int as n,
             (count(*) filter (where direction = 'inbound'))::int as inbound, count(recording_url)::int as recorded
      from calls group by 1, 2, 3) s
group by 1, 2;
select count(stats_day_write(a.id, day::date, stats_count(a.id, stats_day_begins(day::date, a.timezone),
                                                          stats_day_begins(day::date + 1, a.timezone), a.timezone)))
from real_estate_agents a, generate_series(current_date - 366, current_date, interval '1 day') day \g /dev/null
select count(stats_month_write(a.id, month::date))
from real_estate_agents a,
     generate_series(date_trunc('month', current_date - 366), current_date, interval '1 month') month \g /dev/null
