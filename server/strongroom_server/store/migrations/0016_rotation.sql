-- Nodes hear of changed keys at once, and a write under a key that was retired meanwhile is not stored.

create function strongroom_notify_keys() returns trigger language plpgsql as $$
begin
    perform pg_notify('strongroom_keys', '');
    return null;
end
$$;
create trigger strongroom_keys_changed after insert or update or delete on sealing_keys
    for each statement execute function strongroom_notify_keys();
create trigger strongroom_keys_changed after insert or update or delete on signing_keys
    for each statement execute function strongroom_notify_keys();

-- Raises SRK01 unless each sealing key may seal and each signing key may sign. A node that was frozen may still use a key that was
-- retired since. The shared lock, held until the commit, makes `retire` wait before it counts the rows that are left. The function is
-- volatile, so after the lock it reads the present states, which the snapshot of the calling statement may not have.
create function strongroom_require_keys(sealing_key_ids text[], signer_ids text[]) returns boolean
language plpgsql volatile as $$
begin
    perform pg_advisory_xact_lock_shared(hashtextextended('strongroom key ' || id, 0))
        from unnest(sealing_key_ids || signer_ids) k (id);
    if exists (
        select from unnest(sealing_key_ids) k (id)
        where not exists (select from sealing_keys s where s.id = k.id and s.state in ('active', 'retiring'))
    ) or exists (
        select from unnest(signer_ids) k (id)
        where not exists (select from signing_keys s where s.id = k.id and s.state in ('active', 'retiring'))
    ) then
        raise exception using errcode = 'SRK01', message = 'a key was retired';
    end if;
    return true;
end
$$;

-- The rows that admin keys sign. A node whose admin key was retired must not store such a row, nor its event, even before it knows:
-- every node would refuse the row, and the audit trail would not be whole. These tables change rarely. Counting an organisation up to its
-- next folder or team changes no signature.
create function strongroom_require_signer() returns trigger language plpgsql as $$
begin
    perform strongroom_require_keys('{}', array[new.signer_id]);
    return new;
end
$$;
create trigger strongroom_signer_is_valid before insert or update of signature on api_keys
    for each row when (new.signer_id <> '') execute function strongroom_require_signer();
create trigger strongroom_signer_is_valid before insert or update of signature on organisations
    for each row when (new.signer_id <> '') execute function strongroom_require_signer();
create trigger strongroom_signer_is_valid before insert or update of signature on teams
    for each row when (new.signer_id <> '') execute function strongroom_require_signer();
create trigger strongroom_signer_is_valid before insert or update of signature on audit_heads
    for each row when (new.signer_id <> '') execute function strongroom_require_signer();

revoke execute on function strongroom_require_signer(), strongroom_notify_keys(), strongroom_require_keys(text[], text[]) from public;
