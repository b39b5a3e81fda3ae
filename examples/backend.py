"""A local backend with the documentation page's functions, for the other examples.

python examples/backend.py                   serves on http://localhost:3000, the default of every client
python examples/backend.py --custom-paths    the same under the paths of custom_paths.py
"""

import sys
import threading
from collections.abc import Callable
from typing import Any

from navai.testing import FunctionFailure, LocalBackend

CUSTOM_PATHS = {
    "client_secret_path": "/api/v1/realtime/secret",
    "functions_list_path": "/api/v1/functions",
    "functions_execute_path": "/api/v1/functions/run",
}


def send_email(to: str, subject: str = "", body: str = "") -> dict[str, str]:
    """Send an email"""
    if "@" not in to:
        raise FunctionFailure("Invalid email address", details=f"{to} is not a valid email")
    return {"messageId": "abc123", "to": to, "subject": subject}


def create_order(**order: Any) -> dict[str, Any]:
    """Create an order"""
    return {"orderId": 17, "userId": order["userId"], "quantity": sum(item["quantity"] for item in order["items"])}


def fails() -> None:
    """Fail, to see how that looks"""
    raise RuntimeError("kaboom")


FUNCTIONS: list[Callable[..., Any]] = [send_email, create_order, fails]


if __name__ == "__main__":
    backend = LocalBackend(FUNCTIONS, **(CUSTOM_PATHS if "--custom-paths" in sys.argv else {})).start(port=3000)
    print(f"Serving on {backend.url}, until Ctrl-C.")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        backend.stop()
