"""Why a recipe gives no token. No text holds a value of the recipe or of a response: both may be secret."""

from __future__ import annotations

from typing import Literal

Cause = Literal["status", "redirect", "location_of_token", "previous_step", "timeout"]


class InvalidRecipe(Exception):
    """The recipe breaks a rule, so that nothing more is sent. `option` names an option of the request, or is empty.

    `field` is the path of the broken field in the variant. run.py sets it.
    """

    def __init__(self, option: str, rule: str) -> None:
        super().__init__(f"{option} {rule}" if option else rule)
        self.option = option
        self.rule = rule
        self.field = ""


class RecipeFailed(Exception):
    """A response gives no token. `detail` is a predicate of the response, and `status` its status if that is the cause."""

    def __init__(self, cause: Cause, detail: str, status: int = 0) -> None:
        super().__init__(detail)
        self.cause = cause
        self.detail = detail
        self.status = status
