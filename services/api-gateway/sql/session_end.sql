-- $1 sha256 of the token
delete from sessions where token_hash = $1
