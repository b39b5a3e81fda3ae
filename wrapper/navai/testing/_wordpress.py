"""A stand-in for the NAVAI plugin for WordPress, for tests of what calls its functions."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from attrs import frozen

from navai._background import Background
from navai._json import as_object, as_text
from navai._wordpress import WORDPRESS_PATHS, WORDPRESS_PLAIN_PATHS
from navai.testing._functions import Answer, answer
from navai.testing._local_backend import LocalBackend
from navai.testing._schemas import validation_errors

_F = TypeVar("_F", bound=Callable[..., Any])


@frozen
class _Rules:
    """What the plugin knows of a function beside its code."""

    requires_approval: bool = False
    argument_schema: Mapping[str, Any] | None = None

    def metadata(self) -> dict[str, Any]:
        return {
            "requires_approval": self.requires_approval,
            "timeout_seconds": 0,
            "execution_scope": "both",
            "retries": 0,
            "argument_schema": self.argument_schema,
        }


class WordPressStandIn(LocalBackend):
    """A stand-in for the NAVAI plugin for WordPress (0.3.45): a `LocalBackend` at the plugin's paths. It is not the plugin.

    It does what tests of a client, or of an agent, need of it: functions wait for approval, their payloads are checked against a
    schema, and client secrets come with the key of a session, to which executions with that ``session_key`` belong. It has no
    guardrails, no agents, no permissions, and no limit to secrets; for these, script answers with `respond_next`.

    Args:
        functions: As for `LocalBackend`. They need no approval, and have no schema: see `function_with`.
        session_memory: The setting of the plugin, which is off by default there. While it is off, the key of a session is empty.
        plain_permalinks: Whether the site has plain permalinks, so that clients need ``WORDPRESS_PLAIN_PATHS``.
        warnings: As for `LocalBackend`.
    """

    __module__ = "navai.testing"

    def __init__(
        self,
        functions: Iterable[Callable[..., Any]] | Mapping[str, Callable[..., Any]] = (),
        *,
        session_memory: bool = True,
        plain_permalinks: bool = False,
        warnings: Iterable[str] = (),
    ) -> None:
        super().__init__(functions, warnings=warnings, **(WORDPRESS_PLAIN_PATHS if plain_permalinks else WORDPRESS_PATHS))
        #: The names of the functions that were executed, or wait for approval, by the key of their session.
        self.sessions: dict[str, list[str]] = {}
        #: The executions that wait for approval, by the number of the approval.
        self.waiting: dict[int, dict[str, Any]] = {}
        self._session_memory = session_memory
        self._approvals = 0
        self._rules: dict[str, _Rules] = {}

    async def _synthesize_speech(self, body: Any) -> Answer:
        # The plugin has no such route.
        return answer(404, {"code": "rest_no_route", "message": "No route was found.", "data": {"status": 404}})

    def function_with(
        self, *, requires_approval: bool = False, argument_schema: Mapping[str, Any] | None = None
    ) -> Callable[[_F], _F]:
        """Decorates a function: registers it with what the plugin's dashboard, or its filter, says of it.

        Args:
            requires_approval: Whether an execution waits until `approve` is called.
            argument_schema: The JSON schema of the payload. Other payloads are refused with ``validation_errors``.

        Raises:
            ValueError: If there is already a function of that name.
        """

        def register(function: _F) -> _F:
            self.function(function)
            self._rules[function.__name__.lower()] = _Rules(requires_approval, argument_schema)
            return function

        return register

    def approve(self, approval_id: int) -> Any:
        """Approves an execution, as an administrator does: runs it now, and returns the result.

        Raises:
            LookupError: If it does not wait: it was decided already, or never asked for.
            AssertionError: If the function failed.
        """
        body = self._decided(approval_id)
        # In a thread: the caller may be in an event loop.
        response = Background(lambda: asyncio.run(self._functions.execution(body))).start().wait(None)
        outcome = json.loads(response.json)
        if outcome.get("ok") is not True:
            raise AssertionError(f"The function that was approved failed: {outcome}")
        return outcome.get("result")

    def reject(self, approval_id: int) -> None:
        """Rejects an execution. It never runs.

        Raises:
            LookupError: If it does not wait.
        """
        self._decided(approval_id)

    def _decided(self, approval_id: int) -> dict[str, Any]:
        if approval_id not in self.waiting:
            raise LookupError(f"No execution waits for approval {approval_id!r}; waiting: {sorted(self.waiting)}.")
        return self.waiting.pop(approval_id)

    async def _create_client_secret(self, body: Any) -> Answer:
        created = json.loads((await super()._create_client_secret(body)).json)
        key = self._session_of(body)
        del created["speech"]  # The plugin does not say.
        enabled = self._session_memory
        session = {"enabled": enabled, "persisted": enabled, "id": self._id_of(key), "key": key}
        return answer(200, created | {"session": session, "agent": {"id": 0, "agent_key": "default", "name": "Default"}})

    async def _list_functions(self, body: Any) -> Answer:
        listed = json.loads((await super()._list_functions(body)).json)
        for item in listed.get("items", []):
            item["metadata"] = self._rules.get(item["name"].lower(), _Rules()).metadata()
        return answer(200, listed)

    async def _execute_function(self, body: Any) -> Answer:
        request = as_object(body) or {}
        name = (as_text(request.get("function_name")) or "").strip().lower()
        rules = self._rules.get(name, _Rules())
        known = {"function_name": name, "trace_id": str(uuid.uuid4()), "metadata": rules.metadata()}
        errors = validation_errors(rules.argument_schema or {}, request.get("payload"))
        if errors:
            words = "Payload does not match configured argument schema."
            return answer(400, {"ok": False, **known, "error": words, "validation_errors": errors})
        if rules.requires_approval:
            return self._wait_for_approval(request, known)
        response = await super()._execute_function(body)
        outcome = json.loads(response.json)
        if outcome.get("ok") is not True:
            return answer(response.status, outcome | ({"trace_id": known["trace_id"]} if "ok" in outcome else {}))
        return answer(200, outcome | known | {"approval_id": None, "session": self._joined(request, name)})

    def _wait_for_approval(self, request: dict[str, Any], known: dict[str, Any]) -> Answer:
        self._approvals += 1
        self.waiting[self._approvals] = request
        waiting = {"pending_approval": True, "approval": {"id": self._approvals, "status": "pending"}}
        words = "Function requires admin approval before execution."
        session = self._joined(request, known["function_name"])
        return answer(202, {"ok": False, **known, **waiting, "session": session, "message": words})

    def _session_of(self, body: Any) -> str:
        given = as_text((as_object(body) or {}).get("session_key")) or ""
        return given or (str(uuid.uuid4()) if self._session_memory else "")

    def _joined(self, request: dict[str, Any], name: str) -> dict[str, Any] | None:
        """The session of an execution: as in the plugin a new one if the request has no key."""
        if not self._session_memory:
            return None
        key = self._session_of(request)
        self.sessions.setdefault(key, []).append(name)
        return {"id": self._id_of(key), "key": key}

    def _id_of(self, key: str) -> int | None:
        if not self._session_memory:
            return None
        self.sessions.setdefault(key, [])
        return [*self.sessions].index(key) + 1
