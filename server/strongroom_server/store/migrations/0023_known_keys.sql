-- Nodes keep in memory which API keys exist, so they must hear of new ones too. Changes of a key notify in their own statement.

create function strongroom_notify_api_key() returns trigger language plpgsql as $$
begin
    perform pg_notify('strongroom_api_keys', new.id);
    return null;
end
$$;
create trigger strongroom_api_key_created after insert on api_keys
    for each row execute function strongroom_notify_api_key();
revoke execute on function strongroom_notify_api_key() from public;
