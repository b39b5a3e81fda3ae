"""What only the NAVAI plugin for WordPress does: where it has the endpoints, and which functions have not run, or have. No I/O."""

from __future__ import annotations

import re
from typing import Any, Final, TypedDict

from navai._json import as_object


class Paths(TypedDict):
    """The path options of a client, to be passed on with ``**``."""

    client_secret_path: str
    functions_list_path: str
    functions_execute_path: str


def _paths(root: str) -> Paths:
    return {
        "client_secret_path": f"{root}/realtime/client-secret",
        "functions_list_path": f"{root}/functions",
        "functions_execute_path": f"{root}/functions/execute",
    }


#: The paths of the NAVAI plugin for WordPress: ``NavaiBackendClient("https://shop.example", **WORDPRESS_PATHS)``.
WORDPRESS_PATHS: Final[Paths] = _paths("/wp-json/navai/v1")

#: The same for a site with plain permalinks, where paths without a query lead to its pages.
WORDPRESS_PLAIN_PATHS: Final[Paths] = _paths("/?rest_route=/navai/v1")

# OpenAI's own status. It may be another one next time only if the request came too late (408), or too often (429).
_REFUSAL = re.compile(rb"OpenAI client_secrets failed \(4(?!08|29)\d\d\)")
_BEGINNING = 4096

# Functions that are made in the plugin's dashboard.
_DASHBOARD = "navai-dashboard-custom"


def is_refused_by_openai(body: bytes | bytearray) -> bool:
    """Whether a response repeats that OpenAI refuses to create a secret, and will the next time: the model, or the key, is wrong.

    The plugin sends it with status 502, which else means that the same request may succeed later.

    Args:
        body: The body of the response.
    """
    return _REFUSAL.search(body, 0, _BEGINNING) is not None


def is_unrun_javascript(answer: dict[str, Any]) -> bool:
    """Whether the answer to an execution hands out JavaScript for the plugin's widget: nothing has run then.

    Args:
        answer: The object of the answer.
    """
    result = as_object(answer.get("result"))
    return result is not None and result.get("execution_mode") == "client_js" and isinstance(result.get("code"), str)


def was_blocked_after_it_ran(answer: Any) -> bool:
    """Whether a guardrail of the plugin blocked what a function returned, and not what it was given.

    Args:
        answer: The JSON of the answer.
    """
    guardrail = as_object((as_object(answer) or {}).get("guardrail")) or {}
    return guardrail.get("scope") == "output"


def runs_in_browser(source: str | None, metadata: Any) -> bool:
    """Whether a listed function is JavaScript for the plugin's widget.

    Functions written in PHP may have the scope "frontend" too, and run on the server; so do some of the dashboard's.

    Args:
        source: The function's `source`.
        metadata: Its `metadata`.
    """
    return source == _DASHBOARD and (as_object(metadata) or {}).get("execution_scope") == "frontend"
