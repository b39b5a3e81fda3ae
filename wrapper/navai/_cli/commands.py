"""The commands of ``navai``."""

from __future__ import annotations

import contextlib
import errno
import functools
import sys
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec

import click
from click.core import ParameterSource

from navai import VoiceSettings, __version__
from navai._cli.arguments import extra_option, json_argument, url_option
from navai._cli.connection import OPTIONS, Command, connected
from navai._cli.output import Output, discard_output, flush
from navai._cli.words import in_options, message
from navai._errors import APIConnectionError, APIError, ConfigurationError, NavaiError
from navai._json import as_object

_P = ParamSpec("_P")

# Exit statuses; 2 is click's own for usage errors.
_REFUSED, _NO_ANSWER = 1, 3

_EPILOG = "Exit status: 0 success, 1 the backend refused or broke the contract, 2 usage error, 3 no answer."


class _Group(click.Group):
    """A group whose output may fail to be written."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Runs a command, and exits."""
        try:
            try:
                return super().main(*args, **kwargs)
            finally:
                flush()
        except OSError as error:
            discard_output()
            if error.errno != errno.EPIPE:
                with contextlib.suppress(OSError):
                    click.echo(f"Error: Could not write the output: {error.strerror}", err=True)
            sys.exit(1)


def _command(**settings: Any) -> Callable[[Callable[_P, None]], click.Command]:
    """Decorates a function: makes it a command of `main` with the options of the connection, and prints errors in one line."""

    def decorate(function: Callable[_P, None]) -> click.Command:
        @functools.wraps(function)
        def reporting(*args: _P.args, **kwargs: _P.kwargs) -> None:
            try:
                function(*args, **kwargs)
            except ConfigurationError as error:
                raise click.UsageError(in_options(str(error))) from None
            except NavaiError as error:
                click.echo(f"Error: {message(error)}", err=True)
                sys.exit(_NO_ANSWER if isinstance(error, APIConnectionError) else _REFUSED)

        command = main.command(cls=Command, epilog=_EPILOG, **settings)(reporting)
        as_json = click.Option(["--json", "as_json"], is_flag=True, help="Print JSON on a terminal too, as in a pipe.")
        command.params += [*OPTIONS, as_json]  # After the command's own options.
        return command

    return decorate


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="navai-sdk")
def main() -> None:
    """Talk to a Navai voice backend: list its functions, call one, create a client secret, synthesize speech, or check it against
    the contract.

    The output is formatted on a terminal, and JSON in a pipe.
    """


@_command(name="list")
@url_option
def list_functions(url: str | None, as_json: bool, **connection: Any) -> None:
    """List the functions of the backend.

    For example:  navai list --url https://api.example.com
    """
    with connected(url, **connection) as client:
        result = client.list_functions()
    Output(as_json=as_json).functions(result)
    if result.error is not None:
        click.echo(f"Error: {message(result.error)}", err=True)
        sys.exit(_NO_ANSWER if isinstance(result.error, APIConnectionError) else _REFUSED)


@_command(name="call")
@click.argument("name")
@click.argument("payload", metavar="[JSON]", required=False)
@click.option("--idempotent", is_flag=True, help="It is safe to call the function twice: retry if the answer is lost.")
@extra_option
@url_option
def call(name: str, payload: str | None, idempotent: bool, url: str | None, as_json: bool, **given: Any) -> None:
    """Call a function and print its result.

    JSON is an object of the arguments. Use "-" to read it from standard input. In a pipe, a failure is printed as JSON too:
    {"error": {"message": ..., "json": ...}}, where "json" is the answer of the backend.

    For example:  navai call send_email '{"to": "user@example.com"}'
    """
    extra = json_argument(given.pop("extra"), "--extra")
    output = Output(as_json=as_json)
    with connected(url, **given) as client:
        try:
            result = client.execute_function(name, json_argument(payload), extra_body=extra, idempotent=idempotent)
        except (APIConnectionError, APIError) as error:
            output.failure(error)
            raise
    output.json(result)


@_command(name="secret")
@click.option("--model", help='The realtime model, for example "gpt-realtime".')
@click.option("--voice", help='The voice, for example "marin".')
@click.option("--instructions", help="The system instructions.")
@click.option("--language", help='The language to reply in, for example "Spanish".')
@click.option("--voice-accent", help="The accent to speak with.")
@click.option("--voice-tone", help="The tone to speak in.")
@click.option("--reveal", is_flag=True, help="Print the secret, and the key of its session, instead of ***.")
@extra_option
@url_option
def secret(reveal: bool, extra: str | None, url: str | None, as_json: bool, **given: Any) -> None:
    """Create a client secret for one realtime session.

    For example:  navai secret --voice marin --reveal | jq -r .value
    """
    inputs = {name: given.pop(name) for name in ("model", "voice", "instructions", "language", "voice_accent", "voice_tone")}
    output = Output(as_json=as_json)
    with connected(url, **given) as client:
        created = client.create_client_secret(**inputs, extra_body=json_argument(extra, "--extra"))
    shown: dict[str, Any] = {
        "value": created.value if reveal else "***",
        "expires_at": created.expires_at,
        "speech": {"provider": created.speech.provider},
    }
    session = as_object(created.extra.get("session"))
    if session is not None:  # WordPress: its key can be sent back with --extra.
        shown["session"] = session if reveal or not session.get("key") else session | {"key": "***"}
    output.json(shown)
    if not reveal:
        output.note("The secret is not shown. Use --reveal to print it.")


@_command(name="speech")
@click.argument("text")
@click.option("--voice-id", metavar="ID", help="The voice, by its ID at ElevenLabs.")
@click.option("--model-id", metavar="ID", help="The speech model, by its ID at ElevenLabs.")
@click.option("--output-format", metavar="NAME", help='The format of the audio, for example "mp3_44100_128".')
@click.option("--optimize-streaming-latency", type=float, metavar="0..4", help="How much quality to give up for an earlier start.")
@click.option("--stability", type=float, metavar="0..1", help="How even the voice is.")
@click.option("--similarity-boost", type=float, metavar="0..1", help="How close it is to the original voice.")
@click.option("--style", type=float, metavar="0..1", help="How much the speaker's style is exaggerated.")
@click.option("--use-speaker-boost/--no-speaker-boost", default=None, help="Whether to come still closer to the original speaker.")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="The file to write.  [default: standard output]"
)
@url_option
def speech(text: str, output: Path | None, url: str | None, as_json: bool, **given: Any) -> None:
    """Synthesize speech, and write the audio.

    For example:  navai speech "Hello" > hello.mp3
    """
    terminal = Output(as_json=as_json)
    output = None if output == Path("-") else output
    if output is None and sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison] (it is None where the file is closed)
        raise click.UsageError("Standard output is closed: use --output FILE.")
    if output is None and terminal.is_formatted:
        raise click.UsageError("The audio is not written to a terminal: use --output FILE, or > FILE.")
    if output is not None and not output.parent.is_dir():
        raise click.BadParameter(f"there is no folder {str(output.parent)!r}.", param_hint="--output")
    settings = VoiceSettings(**{name: given.pop(name) for name in ("stability", "similarity_boost", "style", "use_speaker_boost")})
    inputs = {name: given.pop(name) for name in ("voice_id", "model_id", "output_format", "optimize_streaming_latency")}
    with connected(url, **given) as client:
        spoken = client.synthesize_speech(text, voice_settings=None if settings == VoiceSettings() else settings, **inputs)
    if as_json:
        terminal.json(
            {"provider": spoken.provider, "mime_type": spoken.mime_type, "audio": b64encode(spoken.audio).decode("ascii")}
        )
    elif output is None:
        sys.stdout.buffer.write(spoken.audio)
    if output is not None:
        output.write_bytes(spoken.audio)
        terminal.note(f"{len(spoken.audio):,} bytes of {spoken.mime_type} in {output}")


@_command(name="check")
@click.argument("address", metavar="[URL]", required=False)
@click.option("--secret", "create_secret", is_flag=True, help="Also create a client secret.")
@click.option("--speech", metavar="TEXT", help="Also synthesize this text, for real.")
@click.option("--execute", "function", metavar="NAME", help="Also execute this function, for real.")
@click.option(
    "--payload", metavar="JSON", help='The arguments of the function, as an object. Use "-" to read them from standard input.'
)
@url_option
def check(
    address: str | None,
    *,
    url: str | None,
    create_secret: bool,
    speech: str | None,
    function: str | None,
    payload: str | None,
    as_json: bool,
    **connection: Any,
) -> None:
    """Check whether the backend at URL conforms to the contract.

    Lists the functions, and sends executions that every backend must refuse: of an unknown function, without a name, and with a
    body that is not JSON; and a synthesis of a blank text. A secret is only created with --secret, a function only executed with
    --execute, and a text only spoken with --speech.

    For example:  navai check https://api.example.com --secret
    """
    try:
        from navai._check.asking import ask  # noqa: PLC0415 (an extra of its own)
    except ModuleNotFoundError as error:
        raise click.UsageError(f"check needs {error.name}: pip install 'navai-sdk[check]'") from None
    if address is not None and click.get_current_context().get_parameter_source("url") is ParameterSource.COMMANDLINE:
        raise click.UsageError("The base URL is given twice: as an argument and with --url. Leave one out.")
    if payload is not None and function is None:
        raise click.UsageError("--payload needs --execute NAME.")
    skipped = [] if create_secret else ["createClientSecret: skipped; use --secret to create a secret"]
    skipped += [] if function is not None else ["executeFunction: no function executed; use --execute NAME to execute one"]
    skipped += [] if speech is not None else ["synthesizeSpeech: no text spoken; use --speech TEXT to synthesize one"]
    with connected(url if address is None else address, **connection) as client:
        seam = client._seam()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] (it exists for this)
        execute = None if function is None else (function, json_argument(payload, "--payload"))
        findings = ask(seam, create_secret=create_secret, speech=speech, execute=execute)
        result = Output(as_json=as_json).findings(seam.api_base_url, findings, skipped)
    if all(finding.status is None for finding in result):
        sys.exit(_NO_ANSWER)
    sys.exit(_REFUSED if any(finding.deviations or finding.obstacle is not None for finding in result) else 0)
