-- Store finished turns, each once, and write the transcript anew. $1 call SID, $2 agent, $3 turns as JSON
select turns_store($1, $2, $3::jsonb -> 'turns')
