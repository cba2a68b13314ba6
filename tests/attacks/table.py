"""The table of attacks. docs/security.md shows it."""

from __future__ import annotations

from attacks.acts import (
    access,
    create,
    in_order,
    lists,
    put_back,
    put_back_credential,
    repeat_create,
    sql,
    undelete,
    update,
)
from attacks.attack import Attack, Where

_CLOCK = "create or replace function strongroom_now() returns timestamptz language sql stable as $$ select {} $$"
_TRIGGER = """
    create function lie() returns trigger language plpgsql as $$ begin {} end $$;
    create trigger lie before insert or update on {} for each row execute function lie()
"""
_UNTIL_VERIFIED = "until `audit verify` runs"
_HERE = "organisation_id = 'default'"

CREDENTIALS = (
    Attack(
        "Widen a credential's allowed hosts in its row",
        sql("update credentials set allowed_hosts = '{{}}' where id = '{narrowed}'"),
        Where.REFUSED,
        "SEAL_BROKEN",
        access("narrowed"),
    ),
    Attack(
        "Change a byte of a box",
        sql("update boxes set box = set_byte(box, 60, get_byte(box, 60) # 1) where credential_id = '{plain}'"),
        Where.REFUSED,
        "SEAL_BROKEN",
        access("plain"),
    ),
    Attack(
        "Swap the boxes of two credentials",
        sql(
            "create table swapped as select credential_id, box from boxes where credential_id in ('{plain}', '{renamed}');"
            " update boxes b set box = s.box from swapped s"
            " where b.credential_id in ('{plain}', '{renamed}') and b.credential_id <> s.credential_id"
        ),
        Where.REFUSED,
        "SEAL_BROKEN",
        access("plain"),
    ),
    Attack(
        "Move a credential of another organisation into the attacker's",
        sql(
            "update credentials set organisation_id = 'default', number = number + 1000000 where id = '{theirs}';"
            " update boxes set organisation_id = 'default' where credential_id = '{theirs}'"
        ),
        Where.REFUSED,
        "SEAL_BROKEN",
        access("theirs"),
    ),
    Attack(
        "Copy a box of another organisation, with its hash, into the attacker's credential",
        sql(
            "update boxes b set box = t.box from boxes t where b.credential_id = '{plain}' and t.credential_id = '{theirs}';"
            " update credentials set box_sha256 = (select sha256(box) from boxes where credential_id = '{plain}')"
            " where id = '{plain}'"
        ),
        Where.REFUSED,
        "SEAL_BROKEN",
        access("plain"),
    ),
    Attack(
        "Put an old box under the present row",
        sql(
            "update boxes b set box = o.box from dump.old_boxes o where o.credential_id = '{updated}'"
            " and b.credential_id = '{updated}' and b.version = 3"
        ),
        Where.REFUSED,
        "SEAL_BROKEN",
        access("updated"),
    ),
    Attack(
        "Put an old password back with its row, after the node used the new one",
        in_order(access("updated"), put_back_credential("updated")),
        Where.REFUSED,
        "SEAL_BROKEN",
        access("updated"),
    ),
    Attack(
        "Put an old password back with its row, before the node used the new one",
        in_order(put_back_credential("updated"), access("updated")),
        Where.VERIFY,
        "is older than its events",
        window=_UNTIL_VERIFIED,
    ),
    Attack(
        "Put a wider policy back, and wait for an update",
        in_order(put_back_credential("narrowed"), update("narrowed")),
        Where.VERIFY,
        "has two events of revision 2",
        window=_UNTIL_VERIFIED,
    ),
    Attack(
        "Put an old password back, and wait until updates have passed the old revision",
        in_order(put_back_credential("updated"), update("updated"), update("updated"), update("updated")),
        Where.VERIFY,
        "has two events of revision 2",
        window=_UNTIL_VERIFIED,
    ),
    Attack(
        "Put an old row back, and then the present one again, after an update of the old one",
        in_order(
            sql("create table dump.present as select * from credentials where id = '{narrowed}'"),
            put_back_credential("narrowed"),
            update("narrowed"),
            sql(
                "update credentials c set allowed_hosts = p.allowed_hosts, description = p.description,"
                " update_time = p.update_time, signature = p.signature from dump.present p where c.id = p.id"
            ),
        ),
        Where.VERIFY,
        "has two events of revision 2",
        window=_UNTIL_VERIFIED,
    ),
    Attack(
        "Mark a deleted credential as not deleted",
        sql("update credentials set delete_time = null where id = '{deleted}'"),
        Where.REFUSED,
        "SEAL_BROKEN",
        access("deleted"),
    ),
    Attack(
        "Put the row of a deleted credential back",
        in_order(put_back_credential("deleted"), access("deleted")),
        Where.VERIFY,
        "is older than its events",
        window=_UNTIL_VERIFIED,
    ),
    Attack(
        "Put the row of a deleted credential back, and let the node that deleted another copy undelete it",
        in_order(undelete("deleted"), put_back_credential("deleted")),
        Where.REFUSED,
        "SEAL_BROKEN",
        access("deleted"),
    ),
    Attack(
        "Put a credential back that was removed for good",
        in_order(put_back_credential("removed"), access("removed")),
        Where.VERIFY,
        "is older than its events",
        window=_UNTIL_VERIFIED,
    ),
    Attack(
        "Put the box of a destroyed version back",
        sql(
            "update boxes b set box = o.box, destroy_time = null from dump.old_boxes o"
            " where o.credential_id = '{destroyed}' and b.credential_id = '{destroyed}' and b.version = 1"
        ),
        Where.REFUSED,
        "SEAL_BROKEN",
        access("destroyed", version=1),
    ),
    Attack(
        "Delete a credential's row",
        sql("delete from credentials where id = '{plain}'; delete from boxes where credential_id = '{plain}'"),
        Where.VERIFY,
        "is gone, and no event says so",
        window=_UNTIL_VERIFIED,
    ),
    Attack(
        "Delete a credential's box",
        sql("delete from boxes where credential_id = '{plain}'"),
        Where.REFUSED,
        "SEAL_BROKEN",
        access("plain"),
    ),
    Attack(
        "Change a credential's name, which lists show",
        sql("update credentials set name = 'x' where id = '{plain}'"),
        Where.ROWS,
        "the row was changed",
        lists("limited"),
        window="metadata until the row is used or verified",
    ),
    Attack(
        "Set the sequence of credential numbers back",
        sql("select setval('credential_numbers', 1, false)"),
        Where.REFUSED,
        "INTERNAL",
        in_order(create(), create(), create()),
    ),
    Attack(
        "Drop the unique index of the numbers, and set the sequence back",
        in_order(
            sql(
                "alter table credentials drop constraint credentials_number;"
                " select setval('credential_numbers', 1, false)"
            ),
            create(),
            create(),
            create(),
        ),
        Where.VERIFY,
        "the unique index credentials_number is gone",
        window=_UNTIL_VERIFIED,
    ),
)

EVENTS = (
    Attack(
        "Delete an event",
        sql(f"delete from audit_events where {_HERE} and chain_position = 5"),
        Where.VERIFY,
        "position 5: the event was removed",
        window=_UNTIL_VERIFIED,
    ),
    Attack(
        "Change an event",
        sql(f"update audit_events set key_id = 'x' where {_HERE} and chain_position = 5"),
        Where.VERIFY,
        "was changed or added",
        window=_UNTIL_VERIFIED,
    ),
    Attack(
        "Copy an event of another credential",
        sql(
            "insert into audit_events (organisation_id, event_id, event_time, action, outcome, key_id, peer, credential_id,"
            " credential_ids, version, revision, redact_fields, mac) select organisation_id, gen_random_uuid(), event_time,"
            " action, outcome, key_id, peer, '{plain}', credential_ids, version, revision, redact_fields, mac"
            " from audit_events where credential_id = '{deleted}' and action = 'DeleteCredential'"
        ),
        Where.VERIFY,
        "was changed or added",
        window=_UNTIL_VERIFIED,
    ),
    Attack(
        "Swap the positions of two events",
        sql(
            "update audit_events a set (chain_position, chain_hash) = (select chain_position, chain_hash from audit_events b"
            f" where b.{_HERE} and b.chain_position = 11 - a.chain_position) where {_HERE} and chain_position in (5, 6)"
        ),
        Where.VERIFY,
        "reordered",
        window=_UNTIL_VERIFIED,
    ),
    Attack(
        "Move an event to another organisation",
        sql(f"update audit_events set organisation_id = '{{other}}' where {_HERE} and chain_position = 5"),
        Where.VERIFY,
        "position 5: the event was removed",
        window=_UNTIL_VERIFIED,
    ),
    Attack(
        "Delete the newest head",
        sql(f"delete from audit_heads where {_HERE}"),
        Where.VERIFY,
        "the newest head is gone",
        window=_UNTIL_VERIFIED,
    ),
    Attack(
        "Put an old head back",
        put_back("audit_heads", _HERE),
        Where.VERIFY,
        "the newest head is an older one",
        window=_UNTIL_VERIFIED,
    ),
    Attack(
        "Delete the events after an old head, put that head back, and put back the rows of then",
        in_order(
            *(put_back(table, _HERE) for table in ("audit_heads", "credentials", "api_keys", "organisations")),
            put_back("boxes", _HERE),
            put_back("teams", _HERE),
            put_back("folders", _HERE),
            put_back("request_ids", _HERE),
            put_back("audit_events", _HERE),
        ),
        Where.HEADS,
        "an exported head says that the chain goes to",
        window="until `audit verify` runs with heads that were exported later",
    ),
    Attack(
        "Delete an organisation's whole chain with its heads",
        sql(f"delete from audit_events where {_HERE}; delete from audit_heads where {_HERE}"),
        Where.VERIFY,
        "the whole chain is gone",
        window=_UNTIL_VERIFIED,
    ),
)

REQUEST_IDS = (
    Attack(
        "Let a request id answer with another credential",
        sql("update request_ids set credential_id = '{renamed}' where request_id = 'create-plain'"),
        Where.REFUSED,
        "SEAL_BROKEN",
        repeat_create("plain"),
    ),
    Attack(
        "Give a request id to another API key",
        sql(
            "update request_ids set key_id = '{key_writer}' where request_id = 'create-plain';"
            " alter table request_ids disable trigger all"
        ),
        Where.REFUSED,
        "SEAL_BROKEN",
        repeat_create("plain", key="writer"),
    ),
    Attack(
        "Delete a request id, so that its request is executed twice",
        in_order(
            sql("delete from request_ids where request_id = 'create-plain'"),
        ),
        Where.ROWS,
        "the row of its request id is gone",
        window="until `audit verify --rows` runs, within 23 hours",
    ),
)

SCHEMA = (
    Attack(
        "Set the database's clock back, so that what has expired is valid again",
        sql(_CLOCK.format("statement_timestamp() - interval '30 days'")),
        Where.HEALTH,
        "clock",
        window="250 ms",
    ),
    Attack(
        "Set the database's clock forward, so that deleted credentials can be removed",
        sql(_CLOCK.format("statement_timestamp() + interval '30 days'")),
        Where.HEALTH,
        "clock",
        window="250 ms",
    ),
    Attack(
        "Set the database's clock back by less than the limit",
        sql(_CLOCK.format("statement_timestamp() - interval '50 seconds'")),
        Where.HEALTH,
        "clock",
        window="250 ms",
    ),
    Attack(
        "Replace the clock's function by one that returns the right time, to prepare another attack",
        sql(_CLOCK.format("clock_timestamp()")),
        Where.VERIFY,
        "the function strongroom_now",
        window=_UNTIL_VERIFIED,
    ),
    Attack(
        "Drop events with a trigger, and remove the trigger",
        in_order(
            sql(_TRIGGER.format("return null;", "audit_events")),
            sql("set session_replication_role = origin"),
            update("plain"),
            sql("drop trigger lie on audit_events; drop function lie()"),
        ),
        Where.VERIFY,
        "has revision 2, but its events say 1",
        window=_UNTIL_VERIFIED,
    ),
    Attack(
        "Put an old row back, and drop the event of the next update with a trigger",
        in_order(
            put_back_credential("updated"),
            sql(_TRIGGER.format("return null;", "audit_events")),
            update("updated", "fourth"),
            update("updated", "fifth"),
            sql("drop trigger lie on audit_events; drop function lie()"),
        ),
        Where.ROWS,
        "the row has another hash of the box than the audit trail",
        window=_UNTIL_VERIFIED,
    ),
    Attack(
        "Widen rows with a trigger as they are stored",
        in_order(
            sql(_TRIGGER.format("new.allowed_hosts = '{{}}'; return new;", "credentials")),
            update("plain"),
        ),
        Where.REFUSED,
        "SEAL_BROKEN",
        access("plain"),
    ),
    Attack(
        "Replace a table by a view that hides what it likes",
        in_order(
            sql(
                "alter table folders rename to real_folders;"
                " create view folders as select * from real_folders where name <> 'folder kept';"
                " grant all on folders to public"
            ),
        ),
        Where.VERIFY,
        "folders is not a table",
        window=_UNTIL_VERIFIED,
    ),
    Attack(
        "Hide rows with row security",
        sql("alter table credentials enable row level security, force row level security"),
        Where.VERIFY,
        "has row security",
        window=_UNTIL_VERIFIED,
    ),
    Attack(
        "Ignore revocations with a rule",
        sql("create rule lie as on update to api_keys do instead nothing"),
        Where.VERIFY,
        "api_keys.lie",
        window=_UNTIL_VERIFIED,
    ),
)

ATTACKS = CREDENTIALS + EVENTS + REQUEST_IDS + SCHEMA
