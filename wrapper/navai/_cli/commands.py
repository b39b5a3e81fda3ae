"""The commands of ``navai``."""

from __future__ import annotations

import sys
from base64 import b64encode
from pathlib import Path
from typing import Any

import click

from navai import VoiceSettings, __version__
from navai._cli.arguments import extra_option, json_argument, number_between
from navai._cli.connection import api_key_option, connected
from navai._cli.failures import Failure, without_session_key
from navai._cli.output import Output
from navai._cli.progress import progress
from navai._cli.running import Group, command
from navai._json import as_object


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="navai-sdk")
def main() -> None:
    """Talk to a Navai voice backend: list its functions, call one, create a client secret, synthesize speech, or check it against
    the contract.

    The output is formatted on a terminal, and JSON in a pipe.
    """


@command(main, name="list")
def list_functions(output: Output, **connection: Any) -> None:
    """List the functions of the backend.

    For example:  navai list https://api.example.com
    """
    with connected(**connection) as client, progress():
        result = client.list_functions()
    failure = None if result.error is None else Failure(result.error)
    output.functions(result, failure)
    if failure is not None:
        output.error(failure)
        sys.exit(failure.status)


@command(main, name="call", executes=True)
@click.argument("function_name", metavar="NAME")
@click.argument("payload", metavar="[JSON]", required=False)
@click.option("--idempotent", is_flag=True, help="It is safe to call the function twice: retry if the answer is lost.")
@extra_option
def call(
    output: Output, function_name: str, payload: str | None, *, extra_body: str | None, idempotent: bool, **connection: Any
) -> None:
    """Call a function and print its result.

    JSON is an object of the arguments. Use "-" to read it from standard input.

    In a pipe, a failure is JSON too: {"error": {"kind": ..., "message": ..., "request_sent": ..., "json": ...}}, where "json" is
    the answer of the backend.

    For example:  navai call send_email '{"to": "user@example.com"}'
    """
    arguments, extra = json_argument(payload), json_argument(extra_body, "--extra")
    with connected(**connection) as client, progress():
        result = client.execute_function(function_name, arguments, extra_body=extra, idempotent=idempotent)
    output.json(result)


@command(main, name="secret")
@click.option("--model", help='The realtime model, for example "gpt-realtime".')
@click.option("--voice", help='The voice, for example "marin".')
@click.option("--instructions", help="The system instructions.")
@click.option("--language", help='The language to reply in, for example "Spanish".')
@click.option("--voice-accent", help="The accent to speak with.")
@click.option("--voice-tone", help="The tone to speak in.")
@api_key_option
@click.option("--reveal", is_flag=True, help="Print the secret, and the key of its session, instead of ***.")
@extra_option
def secret(output: Output, *, reveal: bool, extra_body: str | None, **given: Any) -> None:
    """Create a client secret for one realtime session.

    For example:  navai secret --voice marin --reveal | jq -er .value
    """
    names = ("model", "voice", "instructions", "language", "voice_accent", "voice_tone", "api_key")
    inputs, extra = {name: given.pop(name) for name in names}, json_argument(extra_body, "--extra")
    with connected(**given) as client, progress():
        created = client.create_client_secret(**inputs, extra_body=extra)
    shown: dict[str, Any] = {
        "value": created.value,
        "expires_at": created.expires_at,
        "speech": {"provider": created.speech.provider},
    }
    session = as_object(created.extra.get("session"))
    if session is not None:  # WordPress: its key can be sent back with --extra.
        shown["session"] = session
    output.json(shown if reveal else without_session_key(shown) | {"value": "***"})
    if not reveal:
        output.note("The secret is not shown. Use --reveal to print it.")


@command(main, name="speech")
@click.argument("text", metavar="TEXT")
@click.option("--voice-id", metavar="ID", help="The voice, by its ID at ElevenLabs.")
@click.option("--model-id", metavar="ID", help="The speech model, by its ID at ElevenLabs.")
@click.option("--output-format", metavar="NAME", help='The format of the audio, for example "mp3_44100_128".')
@click.option(
    "--optimize-streaming-latency",
    type=number_between(0, 4),
    metavar="0..4",
    help="How much quality to give up for an earlier start.",
)
@click.option("--stability", type=number_between(0, 1), metavar="0..1", help="How even the voice is.")
@click.option("--similarity-boost", type=number_between(0, 1), metavar="0..1", help="How close it is to the original voice.")
@click.option("--style", type=number_between(0, 1), metavar="0..1", help="How much the speaker's style is exaggerated.")
@click.option("--use-speaker-boost/--no-speaker-boost", default=None, help="Whether to come still closer to the original speaker.")
@click.option(
    "-o",
    "--output",
    "file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    is_eager=True,  # Whether a mistake in the other options is told in JSON depends on it.
    help="The file to write.  [default: standard output]",
)
def speech(output: Output, text: str, file: Path | None, **given: Any) -> None:
    """Synthesize speech, and write the audio.

    For example:  navai speech "Hello" > hello.mp3
    """
    file = None if file == Path("-") else file
    if file is None and sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison] (it is None where the file is closed)
        raise click.UsageError("Standard output is closed: use --output FILE.")
    if file is None and output.is_formatted:
        raise click.UsageError("The audio is not written to a terminal: use --output FILE, or > FILE.")
    if file is not None and file.is_dir():
        raise click.BadParameter(f"{str(file)!r} is a folder: write the name of a file.", param_hint="--output")
    if file is not None and not file.parent.is_dir():
        raise click.BadParameter(f"there is no folder {str(file.parent)!r}.", param_hint="--output")
    settings = VoiceSettings(**{name: given.pop(name) for name in ("stability", "similarity_boost", "style", "use_speaker_boost")})
    inputs = {name: given.pop(name) for name in ("voice_id", "model_id", "output_format", "optimize_streaming_latency")}
    with connected(**given) as client, progress():
        spoken = client.synthesize_speech(text, voice_settings=None if settings == VoiceSettings() else settings, **inputs)
    if output.as_json:
        output.json({"provider": spoken.provider, "mime_type": spoken.mime_type, "audio": b64encode(spoken.audio).decode("ascii")})
    elif file is None:
        sys.stdout.buffer.write(spoken.audio)
    if file is not None:
        file.write_bytes(spoken.audio)
        output.note(f"{len(spoken.audio):,} bytes of {spoken.mime_type} in {file}")


@command(main, name="check")
@click.option("--secret", "create_secret", is_flag=True, help="Also create a client secret.")
@click.option("--speech", metavar="TEXT", help="Also synthesize this text, for real.")
@click.option("--execute", "function", metavar="NAME", help="Also execute this function, for real.")
@click.option(
    "--payload", metavar="JSON", help='The arguments of the function, as an object. Use "-" to read them from standard input.'
)
def check(
    output: Output, *, create_secret: bool, speech: str | None, function: str | None, payload: str | None, **connection: Any
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
    if payload is not None and function is None:
        raise click.UsageError("--payload needs --execute NAME.")
    skipped = [] if create_secret else ["createClientSecret: skipped; use --secret to create a secret"]
    skipped += [] if function is not None else ["executeFunction: no function executed; use --execute NAME to execute one"]
    skipped += [] if speech is not None else ["synthesizeSpeech: no text spoken; use --speech TEXT to synthesize one"]
    execute = None if function is None else (function, json_argument(payload, "--payload"))
    with connected(**connection, max_retries=0) as client:
        seam = client._seam()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] (it exists for this)
        findings = ask(seam, create_secret=create_secret, speech=speech, execute=execute)
        sys.exit(output.findings(seam.api_base_url, findings, skipped))
