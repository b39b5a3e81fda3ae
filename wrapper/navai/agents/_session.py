"""Opens a realtime session with a Navai backend: creates the secret, lists the functions and builds the agent."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
import sys
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, cast

from agents.realtime import RealtimeAgent, RealtimeModelConfig, RealtimeRunner, RealtimeSession
from attrs import field, frozen

from navai._async_client import AsyncNavaiBackendClient
from navai._client import NavaiBackendClient
from navai._contract.operations import synthesize_speech
from navai._errors import ConfigurationError, NavaiError
from navai._redacted_dict import RedactedDict
from navai._results import ClientSecret, SpeechConfig
from navai._tracebacks import without_tracebacks
from navai.agents._agent import NavaiAgentConfig, build_navai_agent, check_inputs
from navai.agents._annotations import evaluated
from navai.agents._function_tools import Navigate
from navai.agents._routes import NavaiRoute
from navai.agents._speech import Play, Speaker, SpeechListener
from navai.tools._checks import check_arguments, check_callable, check_client, check_kind
from navai.tools._extra import check_extra, execution_fields, with_fields
from navai.tools._functions import LocalFunctions, called

Client = AsyncNavaiBackendClient | NavaiBackendClient

# The arguments of `synthesize_speech` that are no fields of the request.
_CALL_OPTIONS = ("extra_body", "extra_headers", "timeout", "deadline")

# A secret that expires within so many seconds is replaced before connecting.
_TOO_LATE = 5


class _Secrets:
    """A secret for each connection: first the one that was created with the session, then a new one each time.

    The new ones belong to the backend's session that the executions belong to.
    """

    def __init__(self, client: Client, inputs: RedactedDict, first: ClientSecret, session_key: Any) -> None:
        self._client = client
        self._inputs = inputs
        self._first: ClientSecret | None = first
        if session_key:
            self._inputs = inputs | RedactedDict(extra_body={"session_key": session_key, **(inputs.get("extra_body") or {})})

    async def __call__(self) -> str:
        secret, self._first = self._first, None
        if secret is None or (secret.expires_at is not None and secret.expires_at < time.time() + _TOO_LATE):
            secret = await _created(self._client, self._inputs)
        return secret.value

    def __repr__(self) -> str:
        return "<a client secret for each connection>"


async def _created(client: Client, inputs: RedactedDict) -> ClientSecret:
    handled = sys.exception()
    try:
        return cast("ClientSecret", await called(client.create_client_secret, **inputs))
    except BaseException as error:  # noqa: BLE001 (it is raised again)
        # The frames below hold the arguments, even those of a cancellation, which may become a timeout.
        raise without_tracebacks(error, handled)  # noqa: B904 (it is the same error)


@frozen
@evaluated(globals())
class NavaiSession:
    """Everything that a realtime session needs.

    Attributes:
        agent: The agent, which may be changed before `run`.
        runner: The runner of the agent.
        model_config: The settings of the connection: those that were passed in, with a secret for each connection.
        warnings: The warnings of the listing and of the agent.
        error: Why the functions could not be listed, or None if they were.
        speech: Who speaks for the agent: the realtime session itself, or, with `speaking`, the backend.
    """

    __module__ = "navai.agents"

    agent: RealtimeAgent[Any] = field(repr=lambda agent: repr(agent.name))
    runner: RealtimeRunner = field(repr=False)
    model_config: RealtimeModelConfig = field(repr=False)
    warnings: list[str]
    error: NavaiError | None
    speech: SpeechConfig
    _client: Client = field(repr=False)

    async def run(self, *, context: Any = None) -> RealtimeSession:
        """Returns a session of openai-agents that is not yet connected: ``async with await opened.run() as session``.

        If the realtime server cannot be reached or refuses, entering it raises openai-agents' own errors, or those of the system
        and of websockets, such as `OSError`; none is a `NavaiError`.
        """
        return await self.runner.run(context=context, model_config=self.model_config)

    @contextlib.asynccontextmanager
    async def speaking(self, session: RealtimeSession, play: Play, **inputs: Any) -> AsyncGenerator[Speaker]:
        """Lets the agent be heard if its backend speaks for it, as in ``async with opened.speaking(session, play) as speaker:``.

        Each text that the agent finishes is synthesized at once, and played after the one before. When the user begins to speak,
        and at the end, what was not played yet is dropped. What goes wrong is logged as a warning (logger ``navai``), and the
        conversation goes on. If the realtime session speaks by itself, the agent's texts are left to it.

        Args:
            session: The session that `run` returned.
            play: A function that plays a `SynthesizedSpeech` and returns when it has been heard. If it is async, it is cancelled
                when the user begins to speak; a sync function runs in a thread, which nothing can stop.
            inputs: Arguments of `synthesize_speech`, for example ``voice_id="..."``.

        Raises:
            ConfigurationError: If an argument is not valid.
        """
        check_callable("play", play, "a function that takes a SynthesizedSpeech")
        given = RedactedDict(inputs)
        del inputs
        with given:
            _check_speaking(self._client, session, given)
        speaker = Speaker(functools.partial(called, self._client.synthesize_speech, **given), play)
        listener = SpeechListener(speaker)
        if self.speech.provider == "elevenlabs":
            session.model.add_listener(listener)
        try:
            yield speaker
        finally:
            session.model.remove_listener(listener)
            await speaker.close()


def _check_speaking(client: Client, session: object, inputs: RedactedDict) -> None:
    """Checks the arguments of `NavaiSession.speaking`.

    Raises:
        ConfigurationError: If one of them is not valid.
    """
    if not isinstance(session, RealtimeSession):
        kind = type(session).__name__
        raise ConfigurationError(
            f"session must be what run() returned, not {kind}: write `async with await opened.run() as session`."
        )
    takes = [name for name in inspect.signature(client.synthesize_speech).parameters if name != "text"]
    for name in inputs.keys():  # noqa: SIM118 (it is no dict)
        if name not in takes:
            raise ConfigurationError(f"speaking() takes no {name!r}; it takes {', '.join(takes)}.")
    fields = {name: value for name, value in inputs.items() if name not in _CALL_OPTIONS}
    synthesize_speech("Hello", fields, inputs.get("extra_body"))
    client.with_options(timeout=inputs.get("timeout"), deadline=inputs.get("deadline"))


def _check_session(client: object, given: RedactedDict) -> None:
    """Checks the arguments that only `open_session` has.

    Raises:
        ConfigurationError: If one of them is not valid.
    """
    check_client(client, "create_client_secret", "list_functions", "execute_function")
    kinds = {"secret": "arguments", "model_config": "settings", "runner_options": "arguments", "execute_extra": "fields"}
    for name, expected in kinds.items():
        if given[name] is not None:
            check_kind(name, given[name], Mapping, f"a dict of {expected}")
    check_extra(given["execute_extra"] or {})
    check_arguments("secret", given["secret"] or (), cast("Any", client).create_client_secret)
    check_arguments("runner_options", given["runner_options"] or (), RealtimeRunner, ("starting_agent",))
    settings = RedactedDict(given["model_config"]).get("initial_model_settings", {})
    check_kind("initial_model_settings of model_config", settings, Mapping, "a dict of settings")


async def open_session(
    client: Client,
    *,
    navigate: Navigate,
    routes: Sequence[NavaiRoute],
    functions: LocalFunctions = (),
    agents: Sequence[NavaiAgentConfig] = (),
    agent_name: str | None = None,
    base_instructions: str | None = None,
    secret: Mapping[str, Any] | None = None,
    model_config: RealtimeModelConfig | None = None,
    runner_options: Mapping[str, Any] | None = None,
    execute_extra: Mapping[str, Any] | None = None,
) -> NavaiSession:
    """Creates a client secret, lists the functions at the same time, and builds the agent.

    If the listing fails, the agent has no backend functions; `NavaiSession.warnings` and `error` say why. If the secret comes with
    a session (as from WordPress: ``{"session": {"key": ...}}``), its key is sent along with each execution, as ``session_key``.

    Args:
        client: A client, sync or async, which must stay open as long as the session. A sync client is called in threads.
        navigate: As for `build_navai_agent`.
        routes: As for `build_navai_agent`.
        functions: As for `build_navai_agent`.
        agents: As for `build_navai_agent`.
        agent_name: As for `build_navai_agent`.
        base_instructions: As for `build_navai_agent`.
        secret: The arguments of `create_client_secret`, for example ``{"model": "gpt-realtime"}``.
        model_config: Settings of the connection for openai-agents, for example ``{"url": ...}``. ``api_key`` is replaced.
        runner_options: Arguments of `RealtimeRunner`, for example ``{"config": ...}``.
        execute_extra: More fields of each execution, as `extra_body` of `execute_function`, for example WordPress's ``agent_key``.

    Raises:
        NavaiError: If no secret could be created: see `create_client_secret`.
        ConfigurationError: If an argument is not valid. No secret was created.
    """
    given = RedactedDict(secret=secret, model_config=model_config, runner_options=runner_options, execute_extra=execute_extra)
    del secret, model_config, runner_options, execute_extra
    check_inputs(navigate, routes, functions, agents, agent_name=agent_name, base_instructions=base_instructions)
    with given:
        _check_session(client, given)
    inputs, settings, options = (RedactedDict(given[name]) for name in ("secret", "model_config", "runner_options"))
    creation = asyncio.ensure_future(_created(client, inputs))
    listing = asyncio.ensure_future(called(client.list_functions))
    try:
        created, listed = await asyncio.gather(creation, listing)
    finally:  # Without a secret there is no session, and no need for the list.
        creation.cancel()
        listing.cancel()
    fields = RedactedDict(execution=execution_fields(created, given["execute_extra"]))
    agent, warnings = build_navai_agent(
        navigate=navigate,
        routes=routes,
        backend_functions=listed.functions,
        execute_backend_function=with_fields(client.execute_function, fields["execution"]),
        functions=functions,
        agents=agents,
        agent_name=agent_name,
        base_instructions=base_instructions,
    )
    runner = RealtimeRunner(agent, **options)
    config: dict[str, Any] = {**settings, "api_key": _Secrets(client, inputs, created, fields["execution"].get("session_key"))}
    # The session is updated when it begins: to openai-agents' own model and voice, if nothing is said.
    chosen = {"model_name": inputs.get("model"), "voice": inputs.get("voice")}
    if created.speech.provider == "elevenlabs":  # The backend does the speech synthesis, so the model sends only text.
        chosen["output_modalities"] = ["text"]
    if defaults := {name: value for name, value in chosen.items() if value is not None}:
        config["initial_model_settings"] = defaults | dict(config.get("initial_model_settings", {}))
    return NavaiSession(
        agent, runner, cast("RealtimeModelConfig", config), [*listed.warnings, *warnings], listed.error, created.speech, client
    )
