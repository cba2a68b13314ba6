"""Hooks of schemathesis: its requests use existing teams, which they do not delete, and an existing app."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import schemathesis

if TYPE_CHECKING:
    from schemathesis import Case, HookContext

# The teams of a new organisation.
TEAMS = (1, 2)


@schemathesis.hook
def map_body(context: HookContext, body: Any) -> Any:
    """Replace valid team ids by ids of existing teams, and apps by an existing one. Otherwise almost all would be refused."""
    if not isinstance(body, dict):
        return body
    if isinstance(body.get("appId"), str):
        body = {**body, "appId": os.environ["FUZZ_APP_ID"]}
    match body.get("team_id"):
        case int(number) if number > 0:
            return {**body, "team_id": TEAMS[number % len(TEAMS)]}
        case str(digits) if digits.isascii() and digits.isdigit():
            return {**body, "team_id": str(TEAMS[int(digits) % len(TEAMS)])}
    return body


@schemathesis.hook
def filter_case(context: HookContext, case: Case[Any]) -> bool:
    """Drop requests that delete one of the teams."""
    deletes_team = case.method == "DELETE" and case.operation.path == "/teams/{id}"
    return not (deletes_team and str(case.path_parameters.get("id")) in {str(team) for team in TEAMS})
