-- Whether a SID already belongs to one of our calls.
select 1 from calls where twilio_call_sid = $1
