"""The table of attacks. docs/security.md shows it."""

from __future__ import annotations

from attacks import forgery
from attacks.acts import (
    access,
    create,
    create_team,
    get_organisation,
    get_team,
    in_order,
    lists,
    nothing,
    put_back,
    put_back_credential,
    repeat_create,
    restart,
    share,
    sql,
    sweep,
    undelete,
    update,
)
from attacks.attack import Adversary, Attack, Where
from attacks.connected import CONNECTED
from attacks.consents import CONSENTS
from attacks.identities import IDENTITIES
from attacks.tokens import TOKENS
from attacks.uses import USES
from attacks.webhooks import WEBHOOKS

from strongroom_server.core.records import ApiKey, Credential, Organisation, Team

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
        "Move a credential into the scope of an API key in its row",
        sql("update credentials set folder_id = {folder_kept} where id = '{plain}'"),
        Where.REFUSED,
        "SEAL_BROKEN",
        access("plain", key="scoped"),
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
        "Let the sweeper delete a credential: set its expiry in its row",
        in_order(
            sql("update credentials set expire_time = now() - interval '1 hour' where id = '{plain}'"),
            sweep,
            sql("update credentials set expire_time = now() + interval '1 hour' where id = '{plain}'"),
        ),
        Where.REFUSED,
        "SEAL_BROKEN",
        access("plain"),
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
            *(
                put_back(table, _HERE)
                for table in ("audit_heads", "credentials", "api_keys", "organisations", "identities", "webhooks")
            ),
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

KEYS = (
    Attack(
        "Give an API key another role in its row",
        sql("update api_keys set roles = '{{1,2,3,4}}' where id = '{key_limited}'"),
        Where.REFUSED,
        "API_KEY_INVALID",
        lists("limited"),
    ),
    Attack(
        "Widen the scope of an API key in its row",
        sql("update api_keys set scope = '' where id = '{key_scoped}'"),
        Where.REFUSED,
        "API_KEY_INVALID",
        lists("scoped"),
    ),
    Attack(
        "Declare an API key with a scope to be of the format from before there were scopes",
        sql("update api_keys set scope = '', signature_format = 3 where id = '{key_scoped}'"),
        Where.REFUSED,
        "API_KEY_INVALID",
        lists("scoped"),
    ),
    Attack(
        "Remove the revocation of an API key in its row",
        sql("update api_keys set revoke_time = null where id = '{key_revoked}'"),
        Where.REFUSED,
        "API_KEY_INVALID",
        lists("revoked"),
    ),
    Attack(
        "Put the row of an API key back from before it was revoked",
        put_back("api_keys", "id = '{key_revoked}'"),
        Where.REFUSED,
        "API_KEY_INVALID",
        lists("revoked"),
    ),
    Attack(
        "Put the row of an API key back from before it lost a role",
        put_back("api_keys", "id = '{key_limited}'"),
        Where.REFUSED,
        "API_KEY_INVALID",
        lists("limited"),
    ),
    Attack(
        "Put a revoked API key back, and delete the event of its revocation",
        in_order(
            put_back("api_keys", "id = '{key_revoked}'"),
            sql("delete from audit_events where subject = '{key_revoked}' and action = 'RevokeApiKey'"),
        ),
        Where.VERIFY,
        "the event was removed",
        window=_UNTIL_VERIFIED,
    ),
    Attack(
        "Move an API key to another organisation",
        sql("update api_keys set organisation_id = '{other}' where id = '{key_present}'"),
        Where.REFUSED,
        "API_KEY_INVALID",
        lists("present"),
    ),
    Attack(
        "Replace the secret of an API key",
        sql(
            "update api_keys a set secret_sha256 = b.secret_sha256 from api_keys b"
            " where a.id = '{key_present}' and b.id = '{key_limited}'"
        ),
        Where.REFUSED,
        "API_KEY_INVALID",
        lists("present"),
    ),
    Attack(
        "Delete an API key",
        sql("delete from api_keys where id = '{key_revoked}'"),
        Where.VERIFY,
        " is gone, and no event says so",
        window=_UNTIL_VERIFIED,
    ),
    Attack(
        "Change the undelete window of an organisation",
        sql(f"update organisations set undelete_window = '0' where {_HERE}"),
        Where.REFUSED,
        "SEAL_BROKEN",
        get_organisation,
    ),
    Attack(
        "Add a URL that browsers are sent to after a consent",
        sql(f"update organisations set return_urls = array['https://attacker.example/'] where {_HERE}"),
        Where.REFUSED,
        "SEAL_BROKEN",
        get_organisation,
    ),
    Attack(
        "Have codes exchanged at once, so that nobody confirms who has consented",
        sql(f"update organisations set switchboard_callback_exchanges = true where {_HERE}"),
        Where.REFUSED,
        "SEAL_BROKEN",
        get_organisation,
    ),
    Attack(
        "Put the settings of an organisation back",
        put_back("organisations", _HERE),
        Where.REFUSED,
        "SEAL_BROKEN",
        get_organisation,
    ),
    Attack(
        "Swap the slugs of two teams, so that a credential is shared with the wrong one",
        sql(
            f"update teams set slug = 'x' where {_HERE} and team_id = 1;"
            f" update teams set slug = 'team_1' where {_HERE} and team_id = 2"
        ),
        Where.REFUSED,
        "SEAL_BROKEN",
        share("team_1"),
    ),
    Attack(
        "Put the old name of a team back",
        put_back("teams", f"{_HERE} and team_id = {{team_renamed}}"),
        Where.REFUSED,
        "SEAL_BROKEN",
        get_team("team_renamed"),
    ),
    Attack(
        "Put a deleted team back",
        put_back("teams", f"{_HERE} and team_id = {{team_gone}}"),
        Where.REFUSED,
        "SEAL_BROKEN",
        share("team_gone"),
    ),
    Attack(
        "Set the counter of team numbers back, so that a new team gets the number of a deleted one",
        sql(f"update organisations set last_team_id = {{team_gone}} - 1 where {_HERE}"),
        Where.REFUSED,
        "SEAL_BROKEN",
        create_team,
    ),
    Attack(
        "Put a deleted folder back",
        put_back("folders", f"{_HERE} and folder_id = {{folder_gone}}"),
        Where.VERIFY,
        "exists, although its events say that it was deleted",
        window=_UNTIL_VERIFIED,
    ),
    Attack(
        "Delete a folder",
        sql(f"delete from folders where {_HERE} and folder_id = {{folder_kept}}"),
        Where.VERIFY,
        "is gone, and no event says so",
        window=_UNTIL_VERIFIED,
    ),
    Attack("Add a signing key", forgery.add_signing_key, Where.REFUSED, "SEAL_BROKEN", access("narrowed")),
    Attack(
        "Replace the public part of the sealing key",
        in_order(sql("update sealing_keys set public_key = sha256('x')"), restart),
        Where.REFUSED,
        "the row of the sealing key",
    ),
    Attack(
        "Delete the sealing key's row",
        in_order(sql("delete from sealing_keys"), restart),
        Where.REFUSED,
        "the database has no sealing key",
    ),
)

WRITER_NODE = (
    Attack(
        "Sign an API key with every role",
        forgery.sign_as_writer(ApiKey, "id = '{key_limited}'", roles=(1, 2, 3, 4, 5), revision=9),
        Where.REFUSED,
        "API_KEY_INVALID",
        lists("limited"),
        Adversary.WRITER,
    ),
    Attack(
        "Sign an organisation's settings",
        forgery.sign_as_writer(Organisation, _HERE, kept_versions=1, revision=9),
        Where.REFUSED,
        "SEAL_BROKEN",
        get_organisation,
        Adversary.WRITER,
    ),
    Attack(
        "Sign where browsers are sent after a consent",
        forgery.sign_as_writer(Organisation, _HERE, return_urls=["https://attacker.example/"], revision=9),
        Where.REFUSED,
        "SEAL_BROKEN",
        get_organisation,
        Adversary.WRITER,
    ),
    Attack(
        "Sign a team",
        forgery.sign_as_writer(Team, f"{_HERE} and team_id = 1", slug="x", revision=9),
        Where.REFUSED,
        "SEAL_BROKEN",
        share("x"),
        Adversary.WRITER,
    ),
    Attack(
        "Sign a head of a chain that ends earlier",
        in_order(
            sql(f"delete from audit_events where {_HERE} and chain_position > 20"),
            forgery.sign_head_at(20),
        ),
        Where.VERIFY,
        "was not signed by a node",
        adversary=Adversary.WRITER,
        window=_UNTIL_VERIFIED,
    ),
    Attack(
        "Record that an API key was changed, to lock its owner out",
        in_order(forgery.record("UpdateApiKey", as_admin=True, subject="{key_limited}", revision=99), lists("limited")),
        Where.VERIFY,
        "was changed or added",
        adversary=Adversary.WRITER,
        window="the key keeps working; until `audit verify` runs",
    ),
    Attack(
        "Record an update that did not happen",
        in_order(
            forgery.record_of_credential("UpdateCredential", "plain", revision=2),
        ),
        Where.VERIFY,
        "is older than its events",
        adversary=Adversary.WRITER,
        window=_UNTIL_VERIFIED,
    ),
    Attack(
        "Sign an older revision of a credential with new content",
        in_order(
            access("updated"),
            forgery.sign_as_writer(Credential, "id = '{updated}'", allowed_hosts=[], revision=2),
        ),
        Where.REFUSED,
        "SEAL_BROKEN",
        access("updated"),
        Adversary.WRITER,
    ),
    Attack(
        "Change a credential's policy, signed, without an event",
        in_order(
            forgery.sign_as_writer(Credential, "id = '{plain}'", allowed_hosts=[], revision=2),
            access("plain"),
        ),
        Where.VERIFY,
        "its last recorded write has revision 1",
        adversary=Adversary.WRITER,
        window="a writer may change policies; until `audit verify` runs",
    ),
    Attack(
        "Sign a credential's policy with a revision that hides an update, and record it",
        in_order(
            forgery.sign_as_writer(Credential, "id = '{plain}'", allowed_hosts=[], revision=3),
            forgery.record_of_credential("UpdateCredential", "plain", revision=3),
        ),
        Where.VERIFY,
        "lacks 1 of the events of its revisions 1 to 3",
        adversary=Adversary.WRITER,
        window="a writer may change policies; until `audit verify` runs",
    ),
    Attack(
        "Read a box with a writer's database role",
        forgery.as_writers_role("select box from boxes"),
        Where.REFUSED,
        "permission denied",
        adversary=Adversary.WRITER,
    ),
    Attack(
        "Change an event with a writer's database role",
        forgery.as_writers_role("update audit_events set action = 'x'"),
        Where.REFUSED,
        "permission denied",
        adversary=Adversary.WRITER,
    ),
    Attack(
        "Drop a month of events with a writer's database role",
        forgery.as_writers_role("select strongroom_drop_audit_partition('audit_events_2026_11')"),
        Where.REFUSED,
        "permission denied",
        adversary=Adversary.WRITER,
    ),
    Attack(
        "Open a credential with a writer's key files",
        nothing,
        Where.REFUSED,
        "OPENING_KEY_ABSENT",
        forgery.open_as_writer("plain"),
        Adversary.WRITER,
    ),
)

FULL_NODE = (
    Attack(
        "Sign an API key with every role, without an event",
        in_order(
            forgery.sign_as_full_node(ApiKey, "id = '{key_limited}'", roles=(1, 2, 3, 4, 5), revision=9),
            lists("limited"),
        ),
        Where.VERIFY,
        "has revision 9, but its events say 2",
        adversary=Adversary.NODE,
        window=_UNTIL_VERIFIED,
    ),
    Attack(
        "Register a signing key without the root key",
        forgery.add_signing_key,
        Where.REFUSED,
        "SEAL_BROKEN",
        access("narrowed"),
        Adversary.NODE,
    ),
)

THIEF = (
    Attack(
        "Sign a credential with a retired signing key",
        forgery.sign_with_retired_key,
        Where.REFUSED,
        "SEAL_BROKEN",
        access("narrowed"),
        Adversary.THIEF,
    ),
    Attack(
        "Put the row of a retired signing key back, and sign a credential with it",
        forgery.put_retired_key_back,
        Where.REFUSED,
        "SEAL_BROKEN",
        access("narrowed"),
        Adversary.THIEF,
    ),
    Attack(
        "Search a stolen dump of the database for a secret",
        forgery.search_dump,
        Where.UNREADABLE,
        "",
        adversary=Adversary.READER,
    ),
    Attack(
        "Open the boxes of a stolen dump with the key files of a writer node",
        put_back_credential("updated"),
        Where.REFUSED,
        "OPENING_KEY_ABSENT",
        forgery.open_as_writer("updated"),
        Adversary.THIEF,
    ),
)

TENANT = (
    Attack(
        "Access a credential of another organisation by its id",
        nothing,
        Where.REFUSED,
        "CREDENTIAL_NOT_FOUND",
        access("theirs"),
        Adversary.TENANT,
    ),
    Attack(
        "Name another organisation in a request",
        nothing,
        Where.REFUSED,
        "ORGANISATION_MISMATCH",
        access("theirs", organisation="other"),
        Adversary.TENANT,
    ),
)

ATTACKS = (
    CREDENTIALS
    + USES
    + TOKENS
    + CONSENTS
    + CONNECTED
    + KEYS
    + IDENTITIES
    + EVENTS
    + WEBHOOKS
    + REQUEST_IDS
    + SCHEMA
    + WRITER_NODE
    + FULL_NODE
    + THIEF
    + TENANT
)
