"""What the fuzzer must be told of the node it knocks at: which teams there are. Read by schemathesis, not by pytest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import schemathesis

if TYPE_CHECKING:
    from schemathesis import Case, HookContext

# Those that an organisation begins with.
TEAMS = (1, 2)


@schemathesis.hook
def map_body(context: HookContext, body: Any) -> Any:
    """A number of a team that could be becomes that of one that is, or next to nothing would be stored."""
    if not isinstance(body, dict):
        return body
    match body.get("team_id"):
        case int(number) if number > 0:
            return {**body, "team_id": TEAMS[number % len(TEAMS)]}
        case str(digits) if digits.isascii() and digits.isdigit():
            return {**body, "team_id": str(TEAMS[int(digits) % len(TEAMS)])}
    return body


@schemathesis.hook
def filter_case(context: HookContext, case: Case[Any]) -> bool:
    """The teams that all else stands on are not deleted."""
    deletes_team = case.method == "DELETE" and case.operation.path == "/teams/{id}"
    return not (deletes_team and str(case.path_parameters.get("id")) in {str(team) for team in TEAMS})
