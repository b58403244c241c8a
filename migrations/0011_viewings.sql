-- migrate:up

-- Properties and contacts are deleted through these; without an index each deletion read all viewings.
create index viewings_property on viewings (property_id);
create index viewings_contact on viewings (contact_id) where contact_id is not null;

-- migrate:down

drop index viewings_contact, viewings_property;
