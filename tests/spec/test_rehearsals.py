"""What a maintainer meets who changes the contract, rehearsed on a scratch copy of this repository with the real tools."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pytest

from tests.conftest import require_node
from tests.repository import Scratch
from tests.spec.by_hand import ENDPOINT, FIELD_OF_A_REQUEST, FIELD_OF_AN_ANSWER, Edits

ROOT = Path(__file__).resolve().parents[2]

PATH = """\
  /navai/text/translate:
    post:
      operationId: translateText
      tags: [text]
      summary: Translate a text
      description: Translates a text into the user's language.
      requestBody:
        required: true
        content:
          application/json:
            schema:
              $ref: "#/components/schemas/TranslateTextRequest"
            examples:
              hello:
                value:
                  text: Hello
      responses:
        "200":
          description: The translation.
          content:
            application/json:
              schema:
                $ref: "#/components/schemas/TranslateTextResponse"
              examples:
                hello:
                  value:
                    translation: Hola
        "400":
          $ref: "#/components/responses/BadRequest"
        default:
          $ref: "#/components/responses/OtherError"

components:
"""

MODELS = """\
  schemas:
    TranslateTextRequest:
      type: object
      description: What to translate.
      required: [text]
      additionalProperties: true
      properties:
        text:
          type: string
          description: The text to translate.

    TranslateTextResponse:
      type: object
      description: The translation.
      required: [translation]
      additionalProperties: true
      properties:
        translation:
          type: string
          description: The translated text.

"""

TEXT = "          type: string\n          description: A word.\n"

# Somebody's program over both packages; mypy strict is content with it.
TYPED = """\
from navai import NavaiBackendClient
from navai_sdk import Client
from navai_sdk.api.text import translate_text
from navai_sdk.models import CreateClientSecretRequest, FunctionItem, TranslateTextRequest, TranslateTextResponse
from navai_sdk.types import Unset

pace: str | Unset = CreateClientSecretRequest(pace="slow").pace
tag: str | Unset = FunctionItem("f").tag
answer = translate_text.sync(client=Client("http://127.0.0.1"), body=TranslateTextRequest("Hello"))
if isinstance(answer, TranslateTextResponse):
    translation: str = answer.translation
translated: str = NavaiBackendClient().translate_text("Hello").text
"""


# What it then lacks, a message each.
LACKING = [
    "there is no NavaiBackendClient.translate_text(): write it in wrapper/navai/_async_client.py",
    "there is no AsyncNavaiBackendClient.translate_text(): write it in wrapper/navai/_async_client.py",
    "There is no NavaiBackendClient.with_raw_response.translate_text(): write it in wrapper/navai/_raw_response.py.",
    "There is no AsyncNavaiBackendClient.with_raw_response.translate_text(): write it in wrapper/navai/_raw_response.py.",
    " NavaiBackendClient.create_client_secret() lacks the keywords of these fields of the contract: pace",
    " AsyncNavaiBackendClient.create_client_secret() lacks the keywords of these fields of the contract: pace",
    "The contract has these fields of answers, and no attribute tells them: FunctionItem.tag.",
    "`python -m navai` has no command for translateText: write one in wrapper/navai/_cli/commands.py",
    "`navai secret` has no options for these fields of the contract: pace",
    "`navai check` asks nothing of translateText: write a Probe",
    "LocalBackend answers 404 to translateText: write its route in wrapper/navai/testing/_local_backend.py.",
    "The answers of LocalBackend lack these fields of the contract: FunctionItem.tag",
    "README.md, From the TypeScript client: write a row of `translateText(...)` and `translate_text(...)`.",
    "README.md, the row of createClientSecret: write `pace`.",
]


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    require_node("openapi")
    return Scratch(tmp_path / "repository")


def test_the_contract_gains_an_endpoint_and_two_fields(scratch: Scratch) -> None:
    scratch.edit(
        "openapi/navai-backend.yaml",
        ("  version: 1.0.0\n", "  version: 1.1.0\n"),
        ("\ncomponents:\n", "\n" + PATH),
        ("  schemas:\n", MODELS),
        ("        voiceTone:\n", f"        pace:\n{TEXT}        voiceTone:\n"),
        (
            "          pattern: \\S\n          examples: [send_email]\n",
            f"          pattern: \\S\n          examples: [send_email]\n        tag:\n{TEXT}",
        ),
        ("  - name: functions\n", "  - name: text\n    description: Texts.\n  - name: functions\n"),
    )
    unchecked = scratch.python("openapi/generate.py", "--check")
    assert "extra" not in unchecked.stderr
    assert "missing: navai_sdk/api/text/translate_text.py" in unchecked.stderr

    generated = scratch.python("openapi/generate.py")
    assert generated.returncode == 0, generated.stderr

    # What `make check` says: the version first, then all that is still to be written.
    changes = scratch.python("openapi/changes.py")
    assert changes.returncode == 1
    assert "addition  add: components / schemas / CreateClientSecretRequest / properties / pace" in changes.stdout
    assert changes.stderr.splitlines()[0] == "The version of the package is 0.1.0, and 0.1.0 is released: write 0.1.1 or higher."
    scratch.edit("wrapper/navai/_version.py", ('"0.1.0"', '"0.1.1"'))
    assert scratch.python("openapi/changes.py").returncode == 0
    # Besides the test of completeness, what knows the contract, or the package that is generated from it.
    units = [f"tests/unit/test_{name}.py" for name in ("operations", "public_names", "responses", "rooms")]
    rest = (*units, "tests/testing", "tests/check/test_wrong_backends.py", "tests/spec/test_spec.py")
    tests = scratch.python("-m", "pytest", "-q", "--tb=line", "-m", "not slow", "tests/spec/test_complete.py", *rest)
    for lacking in LACKING:
        assert lacking in tests.stdout
    failed = [line for line in tests.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    assert all(line.startswith("FAILED tests/spec/test_complete.py") for line in failed), tests.stdout
    assert len(failed) == len(LACKING), tests.stdout

    # Then it is written. Nothing is lacking any more, and CONTRIBUTING.md says how much it was.
    costs = {
        "a field of a request": write(scratch, FIELD_OF_A_REQUEST),
        "a field of a response": write(scratch, FIELD_OF_AN_ANSWER),
        "an endpoint with a field and a result of its own": write(scratch, ENDPOINT),
    }
    (scratch.folder / "typed.py").write_text(TYPED, "utf-8")
    for tool in (
        ["pytest", "-q", "tests/spec/test_complete.py", "tests/unit/test_rooms.py"],
        ["ruff", "check", "wrapper"],
        ["ruff", "format", "--check", "wrapper"],
        ["mypy", "--strict", "--no-incremental", "typed.py"],
    ):
        checked = scratch.python("-m", *tool)
        assert checked.returncode == 0, checked.stdout
    counted = table(costs)
    assert counted in (ROOT / "CONTRIBUTING.md").read_text("utf-8"), f"Write in CONTRIBUTING.md:\n{counted}"


def write(scratch: Scratch, edits: Edits) -> dict[str, int]:
    """Writes what is written by hand, and counts the lines that `wrapper/` gains, by file; then generates the sync client."""
    scratch.commit()
    for file, replacements in edits.items():
        scratch.edit(file, *replacements)
    added = scratch.added_lines("wrapper/navai/")
    assert scratch.python("openapi/sync_clients.py").returncode == 0
    return added


def table(costs: dict[str, dict[str, int]]) -> str:
    """The table of CONTRIBUTING.md."""
    lines = ["| the contract gains | lines | in `wrapper/navai/` |", "|---|---|---|"]
    for gained, files in costs.items():
        lines.append(f"| {gained} | {sum(files.values())} | {', '.join(f'`{file}` {count}' for file, count in files.items())} |")
    return "\n".join(lines)


def test_the_contract_is_broken(scratch: Scratch) -> None:
    scratch.edit("openapi/navai-backend.yaml", ("        voiceAccent:\n          type", "        accent:\n          type"))
    changes = scratch.python("openapi/changes.py")
    assert changes.returncode == 1
    assert "breaking  remove: components / schemas / CreateClientSecretRequest / properties / voiceAccent" in changes.stdout
    assert changes.stderr.splitlines() == [
        "info.version of the contract is 1.0.0, and 1.0.0 is released: write 2.0.0 or higher.",
        "The version of the package is 0.1.0, and 0.1.0 is released: write 0.2.0 or higher.",
        'See "Versions" in CONTRIBUTING.md.',
    ]


def test_a_version_is_raised_and_the_contract_gains_a_field(scratch: Scratch) -> None:
    """The tests of releases pass on any version. Left out are some that take long, and have nothing of the version that is here."""
    scratch.edit("wrapper/navai/_version.py", ('"0.1.0"', '"0.2.0"'))
    scratch.edit(
        "openapi/navai-backend.yaml",
        ("  version: 1.0.0\n", "  version: 1.1.0\n"),
        ("        voiceTone:\n", f"        pace:\n{TEXT}        voiceTone:\n"),
    )
    assert scratch.python("openapi/generate.py").returncode == 0
    (scratch.folder / ".venv").symlink_to(ROOT / ".venv")
    slow = "installed_by_typed_code or wrong_credentials or does_not_answer or depends_on_the_place or by_somebody_else"
    chosen = ["-k", f"not ({slow})", "tests/release/test_build.py", "tests/release/test_publish.py"]
    tests = scratch.python("-m", "pytest", "-q", "--tb=short", *chosen)
    assert tests.returncode == 0, tests.stdout


def test_a_reference_that_leads_nowhere_is_named(scratch: Scratch) -> None:
    scratch.edit(
        "openapi/navai-backend.yaml",
        ('          $ref: "#/components/schemas/UnknownFunctionResponse"', '          $ref: "#/components/schemas/Gone"'),
    )
    told = scratch.make("check-spec")
    assert told.returncode == 2
    shown = told.stdout + told.stderr
    assert "Can't resolve $ref" in shown
    assert '$ref: "#/components/schemas/Gone"' in shown
    assert max(map(len, shown.splitlines())) < 300


def test_a_spec_that_the_generator_cannot_follow_is_refused(scratch: Scratch) -> None:
    """A boolean schema, valid in OpenAPI 3.1, would silently lose its model."""
    scratch.edit(
        "openapi/navai-backend.yaml",
        ("        result:\n          description", "        anything: true\n        result:\n          description"),
    )
    generated = scratch.python("openapi/generate.py")
    assert generated.returncode == 1
    assert "The generator failed or warned; navai_sdk/ is as it was." in generated.stderr


def test_a_tool_that_is_not_the_pinned_one_is_refused(scratch: Scratch) -> None:
    installed = version("openapi-python-client")
    scratch.edit("pyproject.toml", (f'"openapi-python-client=={installed}"', '"openapi-python-client==9.9"'))
    for arguments in ([], ["--check"]):
        told = scratch.python("openapi/generate.py", *arguments)
        assert told.returncode == 1
        assert told.stderr == (
            f"openapi-python-client {installed} is installed, and pyproject.toml pins openapi-python-client==9.9: "
            "`make generate` installs what is pinned.\n"
        )


def test_another_generator_than_the_pinned_one_shows(scratch: Scratch) -> None:
    scratch.edit("navai_sdk/README.md", ("| openapi-python-client | 0.29.1 |", "| openapi-python-client | 0.28.0 |"))
    checked = scratch.python("openapi/generate.py", "--check")
    assert checked.returncode == 1
    assert "differs: navai_sdk/README.md" in checked.stderr
