-- migrate:up

-- What an agent keeps: contacts, properties, viewings, suppressions, as the API shows and changes them.

create index contacts_by_name on contacts (real_estate_agent_id, name, id);

-- What is on record for a number: 'attested', 'written', 'refused', or null. The newest word counts.
create function consent_of(p_agent text, p_number text) returns text language sql stable as $$
    select kind from consents where real_estate_agent_id = p_agent and phone_number = p_number
    order by created_at desc, id desc limit 1
$$;

-- What to put on record when an agent keeps a number and says yes, no or nothing about consent, while
-- p_recorded is on record; null for nothing. Silence attests, but never against a refusal; written consent
-- is not made less by attesting.
create function consent_to_note(p_consent boolean, p_recorded text) returns text
language sql immutable parallel safe as $$
    select case when not p_consent then 'refused'
                when p_recorded = 'written' or (p_consent is null and p_recorded = 'refused') then null
                else 'attested' end
$$;

-- p_consent: what consent_of() will say once the statement that shows this is done.
create function contact_json(c contacts, p_consent text) returns json language sql stable as $$
    select json_build_object(
        'id', c.id, 'name', c.name, 'phone_number', c.phone_number, 'email', c.email, 'timezone', c.timezone,
        'notes', c.notes, 'consent', p_consent,
        'do_not_call', exists (select from suppressions s where s.phone_number = c.phone_number and s.lifted_at is null
            and (s.real_estate_agent_id = c.real_estate_agent_id or s.real_estate_agent_id is null)),
        'created_at', iso(c.created_at), 'updated_at', iso(c.updated_at))
$$;

create function property_json(p properties) returns json language sql stable as $$
    select json_build_object(
        'id', p.id, 'address', p.address, 'city', p.city, 'type', p.type, 'status', p.status, 'price', p.price,
        'currency', p.currency, 'bedrooms', p.bedrooms, 'bathrooms', p.bathrooms, 'area_sqm', p.area_sqm,
        'description', p.description, 'created_at', iso(p.created_at), 'updated_at', iso(p.updated_at))
$$;

create function viewing_json(v viewings) returns json language sql stable as $$
    select json_build_object(
        'id', v.id, 'property_id', v.property_id, 'address', p.address, 'city', p.city,
        'contact_id', v.contact_id, 'contact_name', (select k.name from contacts k where k.id = v.contact_id),
        'call_id', v.call_id, 'visitor_name', v.visitor_name, 'visitor_number', v.visitor_number,
        'starts_at', iso(v.starts_at), 'ends_at', iso(v.ends_at),
        'local_start', to_char(v.starts_at at time zone a.timezone, 'YYYY-MM-DD"T"HH24:MI'),
        'status', v.status, 'created_at', iso(v.created_at), 'updated_at', iso(v.updated_at))
    from properties p, real_estate_agents a where p.id = v.property_id and a.id = v.real_estate_agent_id
$$;

create function suppression_json(s suppressions) returns json language sql stable as $$
    select json_build_object(
        'id', s.id, 'phone_number', s.phone_number, 'source', s.source, 'reason', s.reason,
        'for', case when s.real_estate_agent_id is null then 'everybody' else 'agent' end,
        'created_at', iso(s.created_at), 'lifted_at', iso(s.lifted_at))
$$;

-- May a viewing of an hour begin then? Null, or why not: 'past', 'outside_hours' (9:00 to 18:00 where the
-- agent is), 'conflict'. p_except is a viewing that is being moved.
create function viewing_verdict(p_agent text, p_starts_at timestamptz, p_except text) returns text
language sql stable as $$
    select case
        when p_starts_at < now() then 'past'
        when (p_starts_at at time zone a.timezone)::time not between '09:00' and '17:00' then 'outside_hours'
        when exists (select from viewings v
                     where v.real_estate_agent_id = p_agent and v.status = 'booked' and v.id is distinct from p_except
                       and tstzrange(v.starts_at, v.ends_at) && tstzrange(p_starts_at, p_starts_at + interval '1 hour'))
            then 'conflict' end
    from real_estate_agents a where a.id = p_agent
$$;

-- migrate:down

drop function viewing_verdict, suppression_json, viewing_json, property_json, contact_json, consent_to_note, consent_of;
drop index contacts_by_name;
