"""Masking."""

from __future__ import annotations

import json
from typing import Any

import pytest

from navai._secrets import Masker


@pytest.mark.parametrize("secret", ['planted/with"quotes\\and ñ', "planted-secret"])
def test_a_secret_is_masked_as_it_stands_and_as_encoders_write_it(secret: str) -> None:
    mask = Masker([secret])
    forms = [secret, json.dumps(secret), json.dumps(secret, ensure_ascii=False), json.dumps(secret).replace("/", "\\/")]
    for form in forms:
        assert "planted" not in mask.text(f"before {form} after")
        assert mask.text(f"before {form} after").startswith("before ")


def test_the_longest_secret_is_masked_first() -> None:
    assert Masker(["abcdef", "abcdefghi"]).text("abcdefghi abcdef") == "*** ***"


@pytest.mark.parametrize("key", ["sk-proj-0123_abcDEF", "sk-0123456789", "ek_68af296e8e408191a1120ab6383263c2"])
def test_what_looks_like_an_openai_key_is_masked(key: str) -> None:
    assert Masker([]).text(f"Incorrect API key: {key}.") == "Incorrect API key: ***."


@pytest.mark.parametrize("text", ["task-0123456789", "ask-questions-later", "sk-1", "seek_something_else"])
def test_words_that_only_resemble_a_key_are_left_alone(text: str) -> None:
    assert Masker(["1", "", "en"]).text(text) == text


def test_json_is_masked_in_keys_and_strings_at_any_depth_and_the_original_is_left_alone() -> None:
    value: Any = {"planted": [1, None, {"a": "x planted y"}], "b": True}
    deep: Any = "planted"
    for _ in range(50_000):
        deep = [deep]
    mask = Masker(["planted"])
    assert mask.json(value) == {"***": [1, None, {"a": "x *** y"}], "b": True}
    assert value["planted"][2] == {"a": "x planted y"}
    masked = mask.json(deep)
    for _ in range(50_000):
        masked = masked[0]
    assert masked == "***"
    assert "planted" not in repr(mask)


@pytest.mark.parametrize("secret", ["planted-secret", 'pl"anted', "pl\u00e9anted", "pl\\anted"])
@pytest.mark.parametrize("ensure_ascii", [True, False])
def test_all_of_a_secret_is_masked_from_its_first_letter_to_its_last(secret: str, ensure_ascii: bool) -> None:
    written = json.dumps({"a": secret}, ensure_ascii=ensure_ascii)
    assert Masker([secret]).text(written) == '{"a": "***"}'


def test_a_masker_shows_nothing() -> None:
    assert repr(Masker(["planted"])) == "<Masker>"
