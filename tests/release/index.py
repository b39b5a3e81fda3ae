"""A private package index on this machine: the real pypiserver, with a password for everything, and with what the package needs."""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Self

WHEELS = Path(__file__).resolve().parents[2] / ".venv" / "wheels"

USER, PASSWORD = "maintainer", "planted-password"


class PackageIndex:
    """Use it as a context manager.

    Args:
        folder: An empty folder for what is uploaded.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._passwords = folder / ".htpasswd"
        # Kept until the index listens there, so that no other server gets it.
        self._port = socket.socket()
        self._port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._port.bind(("127.0.0.1", 0))
        self.port = self._port.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        digest = base64.b64encode(hashlib.sha1(PASSWORD.encode()).digest()).decode()  # noqa: S324 (as Apache writes it)
        self._passwords.write_text(f"{USER}:{{SHA}}{digest}\n", "ascii")
        # Uploads go to the first folder. There is no way out to a public index.
        command = ["run", "--interface", "127.0.0.1", "--port", str(self.port), "--disable-fallback"]
        command += ["--passwords", str(self._passwords), "--authenticate", "update,list,download", str(self._folder), str(WHEELS)]
        self._process = subprocess.Popen(
            [Path(sys.executable).parent / "pypi-server", *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + 60  # It imports a lot, and this machine may be busy.
        while self._process.poll() is None and time.monotonic() < until:
            if self._answers():
                self._port.close()
                return self
            time.sleep(0.05)
        self.__exit__()
        raise RuntimeError(f"The package index did not start, with the packages of {WHEELS}: `make test` downloads them.")

    def __exit__(self, *_: object) -> None:
        self._port.close()
        self._process.terminate()
        self._process.wait(10)

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(self.url, timeout=1)  # noqa: S310 (our own server)
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    @property
    def simple_url(self) -> str:
        """For installers, with the password."""
        return f"http://{USER}:{PASSWORD}@127.0.0.1:{self.port}/simple/"

    def uploaded(self) -> list[str]:
        """The files that were uploaded."""
        return sorted(path.name for path in self._folder.iterdir() if path.name != self._passwords.name)


def installer_environment() -> dict[str, str]:
    """Without the settings of this machine's installer, so that only the given index is asked."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON", "UV_", "TWINE_"))}
    return environment | {"PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_CACHE_DIR": "1"}
