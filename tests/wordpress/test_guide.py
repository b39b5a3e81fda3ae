"""docs/guides/wordpress.md: each statement has its evidence, which is there, and its program runs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from navai import WORDPRESS_PATHS, APIStatusError, InvalidResponseError
from navai.agents import build_navai_agent
from navai.testing import LocalBackend
from tests.conftest import Connect

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "guides" / "wordpress.md").read_text("utf-8")
CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "answers.json").read_text("utf-8"))
RECORDED = {case["case"]: case["response"] for case in CASES}

# What stands in parentheses and between backquotes, and is no program.
EVIDENCE = re.compile(r"`((?:test|list|secret|execute|early|public|site|plain|private)_[\w-]+)`")


def statements() -> list[str]:
    """The items of all lists."""
    return [" ".join(item.split()) for item in re.findall(r"^- (.*?)(?=\n- |\n\n|\Z)", GUIDE, re.MULTILINE | re.DOTALL)]


def functions_of_tests() -> set[str]:
    sources = (path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    return {name for source in sources for name in re.findall(r"^def (test_\w+)\(", source, re.MULTILINE)}


def test_each_statement_has_its_evidence() -> None:
    assert len(statements()) > 30
    lacking = [item for item in statements() if not EVIDENCE.search(item) and "(tried live)" not in item]
    assert lacking == []


def test_the_evidence_is_there() -> None:
    named = set(EVIDENCE.findall(GUIDE)) - {"execute_extra"}
    assert len(named) > 40
    assert named - RECORDED.keys() - functions_of_tests() == set()


def test_its_program_runs() -> None:
    (program,) = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, env={"PATH": ""})
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


# --- statements that no other test shows ----------------------------------------------------------------------------------------


@pytest.fixture
def site() -> Iterator[LocalBackend]:
    with LocalBackend(**WORDPRESS_PATHS) as running:
        yield running


def answers(site: LocalBackend, connect: Connect, *names: str) -> Any:
    """A client to which these recorded answers come, one after the other."""
    for name in names:
        site.respond_next(RECORDED[name]["status"], RECORDED[name]["body"], RECORDED[name]["headers"])
    return connect(site.url, **WORDPRESS_PATHS)


def test_an_agent_has_no_tools_for_the_browser(site: LocalBackend, connect: Connect) -> None:
    """Fact 1. What is PHP has the scope "frontend" too."""
    listed = answers(site, connect, "list_with_client_js_function").list_functions().functions
    scopes = {function.name: function.extra["metadata"]["execution_scope"] for function in listed}
    assert (scopes["go_home"], scopes["with_schema"]) == ("frontend", "frontend")
    agent, warnings = build_navai_agent(navigate=print, routes=[], backend_functions=listed)
    names = [tool.name for tool in agent.tools]
    assert "go_home" not in names
    assert "with_schema" in names
    assert "go_home" not in str(agent.instructions)
    assert [each for each in warnings if "go_home" in each] == [
        '[navai] Ignored backend function "go_home": it is JavaScript for the browser widget, and runs only there.'
    ]


def test_the_first_answers_of_a_new_site(site: LocalBackend, connect: Connect) -> None:
    """Fact 6."""
    client = answers(site, connect, "list_private_anonymous", "list_private_subscriber", "secret_no_api_key_configured")
    assert [str(client.list_functions().error) for _ in range(2)] == [
        f"HTTP {status}: Sorry, you are not allowed to do that." for status in (401, 403)
    ]
    with pytest.raises(APIStatusError, match=r"^HTTP 500: Missing OpenAI API key in NAVAI settings\.$"):
        client.create_client_secret()


def test_wrong_credentials_go_unnoticed_where_none_are_needed(site: LocalBackend, connect: Connect) -> None:
    """Fact 8."""
    assert answers(site, connect, "public_basic_unknown_user").create_client_secret().value.startswith("ek_test")


def test_what_php_makes_of_a_result(site: LocalBackend, connect: Connect) -> None:
    """Fact 11."""
    client = answers(site, connect, "execute_payload_empty_object", "execute_result_wp_error", "execute_result_ok_false")
    assert client.execute_function("echo", {}) == []
    assert client.execute_function("returns_wp_error")["error_data"] == {"lab_code": {"status": 418}}
    assert client.execute_function("returns_ok_false") == {"ok": False, "error": "the function itself says no"}


def test_a_fatal_error_has_its_reason(site: LocalBackend, connect: Connect) -> None:
    """Fact 11."""
    with pytest.raises(APIStatusError, match=r"^HTTP 500: There has been a critical error on this website\.$") as caught:
        answers(site, connect, "execute_fatal").execute_function("fatal")
    assert caught.value.json["data"]["error"]["message"].startswith("Allowed memory size of")


def test_maintenance_is_not_waited_for(site: LocalBackend, connect: Connect) -> None:
    """Fact 6."""
    client = answers(site, connect, "site_maintenance_execute")
    with pytest.raises(APIStatusError) as caught:
        client.create_client_secret()
    assert (caught.value.retry_after, len(site.requests)) == (600, 1)


@pytest.mark.parametrize("method", ["create_client_secret", "execute_function"])
def test_the_home_page_instead_of_an_answer_is_explained(method: str, site: LocalBackend, connect: Connect) -> None:
    """Fact 9: a site with plain permalinks answers a POST to a pretty path with its home page."""
    site.respond_next(200, "<!DOCTYPE html>\n<html lang='en-US'><head><title>Lab</title></head><body>Hello</body></html>")
    words = r" An HTML page came instead of JSON, titled \"Lab\": .* plain permalinks, which need \*\*WORDPRESS_PLAIN_PATHS"
    with pytest.raises(InvalidResponseError, match=words):
        getattr(connect(site.url, **WORDPRESS_PATHS), method)(*(["f"] if method == "execute_function" else []))
