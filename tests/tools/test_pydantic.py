"""Results as fields of pydantic's models, and so of FastAPI's responses."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import attrs
import pydantic
import pytest
from pydantic_core import PydanticSerializationError

from navai import APITimeoutError, BackendFunction, BackendFunctionsResult, ClientSecret, NavaiError, SynthesizedSpeech
from navai.testing import LocalBackend

FUNCTION = BackendFunction("f", "does f", extra={"metadata": {"a": 1}})
FAILED = BackendFunctionsResult([FUNCTION], ["w"], APITimeoutError("slow", request_sent=False, method="GET", url="u"))


class Listing(pydantic.BaseModel):
    """As a user writes one."""

    result: BackendFunctionsResult
    first: BackendFunction | None = None
    rest: list[BackendFunction] = []


def test_results_are_fields_of_pydantic_models() -> None:
    listing = Listing(result=FAILED, first=FUNCTION)
    assert listing.result is FAILED
    as_dict = {"name": "f", "description": "does f", "source": None, "extra": {"metadata": {"a": 1}}}
    assert listing.model_dump() == {
        "result": {"functions": [as_dict], "warnings": ["w"], "error": FAILED.error},
        "first": as_dict,
        "rest": [],
    }
    assert json.loads(listing.model_dump_json())["result"] == {"functions": [as_dict], "warnings": ["w"], "error": "slow"}


def test_results_are_read_back_from_what_pydantic_wrote() -> None:
    listing = Listing(result=FAILED, first=FUNCTION, rest=[FUNCTION])
    assert Listing.model_validate(listing.model_dump()) == listing
    again = Listing.model_validate_json(listing.model_dump_json())
    assert (again.first, again.rest, again.result.functions) == (FUNCTION, [FUNCTION], [FUNCTION])
    assert type(again.result.error) is NavaiError
    assert str(again.result.error) == "slow"
    assert Listing.model_validate_json('{"result": {}}').result == BackendFunctionsResult()


def test_speech_is_base64_in_json() -> None:
    class Spoken(pydantic.BaseModel):
        speech: SynthesizedSpeech

    spoken = Spoken(speech=SynthesizedSpeech("elevenlabs", "audio/mpeg", b"\xff\xfb\x00", {"x": 1}))
    written = spoken.model_dump_json()
    assert json.loads(written)["speech"] == {
        "provider": "elevenlabs", "mime_type": "audio/mpeg", "audio": "//sA", "extra": {"x": 1},
    }  # fmt: skip
    assert Spoken.model_validate_json(written) == spoken
    assert Spoken.model_validate(json.loads(written)) == spoken
    assert Spoken.model_validate(spoken.model_dump()) == spoken
    with pytest.raises(pydantic.ValidationError):
        Spoken.model_validate({"speech": {"provider": "elevenlabs", "mime_type": "a/b", "audio": "no base64!"}})


@pytest.mark.parametrize("value", [{}, {"name": 5}, {"name": "f", "extra": 5}, "f", None])
def test_what_is_no_result_is_no_field(value: object) -> None:
    with pytest.raises(pydantic.ValidationError):
        pydantic.TypeAdapter(BackendFunction).validate_python(value)


@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_results_have_a_json_schema(mode: Any) -> None:
    """As FastAPI shows in its documentation."""
    schema = Listing.model_json_schema(mode=mode)["$defs"]
    assert set(schema) == {"BackendFunction", "BackendFunctionsResult"}
    assert schema["BackendFunction"]["required"] == ["name"]
    assert {name: each.get("anyOf", each.get("type")) for name, each in schema["BackendFunctionsResult"]["properties"].items()} == {
        "functions": "array",
        "warnings": "array",
        "error": [{"type": "string"}, {"type": "null"}],
    }


class Minting(pydantic.BaseModel):
    """As a user writes one, who does not think of what it shows."""

    secret: ClientSecret


class Minted(pydantic.BaseModel):
    """As a user writes one who wants it shown."""

    value: str
    expires_at: float | None


def test_a_secret_goes_out_only_where_somebody_says_so() -> None:
    secret = ClientSecret("ek_planted", 5, {"session": {"key": "planted"}})
    model = Minting(secret=secret)
    assert model.secret is secret
    assert "planted" not in f"{model!r} {model.model_dump()}"
    writers: list[Any] = [
        model.model_dump_json,
        lambda: model.model_dump(mode="json"),
        lambda: pydantic.TypeAdapter(Any).dump_json(secret),
    ]
    for write in writers:
        with pytest.raises(PydanticSerializationError, match="ClientSecret") as caught:
            write()
        assert "planted" not in str(caught.value)
    with pytest.raises(pydantic.ValidationError):
        Minting.model_validate({"secret": {}})
    # Deliberately, by a model of the caller's or as a dict.
    assert Minted.model_validate(secret, from_attributes=True).model_dump() == {"value": "ek_planted", "expires_at": 5}
    assert attrs.asdict(secret) == {
        "value": "ek_planted",
        "expires_at": 5,
        "extra": {"session": {"key": "planted"}},
        "speech": {"provider": "openai"},
    }


def test_a_refused_secret_says_what_to_write() -> None:
    model = Minting(secret=ClientSecret("ek_planted"))
    advice = r"write what you want to send, for example \{'value': secret\.value, 'expires_at': secret\.expires_at\}\.$"
    with pytest.raises(PydanticSerializationError, match=advice):
        model.model_dump_json()
    with pytest.raises(TypeError, match=advice):
        Minting.model_json_schema()


def test_the_programs_of_the_reference_run(backend: LocalBackend) -> None:
    """But that for FastAPI, which is not installed here: it is Python at least."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "results.md").read_text("utf-8")
    written: list[Any] = []
    for program in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        if "fastapi" in program:
            compile(program, "results.md", "exec")
            continue
        ended = subprocess.run(
            [sys.executable, "-W", "error", "-c", program],
            env={"NAVAI_API_URL": backend.url},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ended.returncode, ended.stderr) == (0, "")
        written.append(json.loads(ended.stdout))
    as_dict, as_model, secret = written
    assert as_dict["error"] is None
    assert as_model["tenant"] == "blue"
    assert as_dict["functions"] == as_model["functions"]
    assert [function["name"] for function in as_dict["functions"]] == ["add"]
    assert set(secret) == {"value", "expires_at"}
