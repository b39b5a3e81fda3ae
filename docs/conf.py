"""How Sphinx makes the documentation site (`make docs`). Every warning is an error: a broken link, or a missing docstring."""

from __future__ import annotations

import inspect
import re
import shutil
from pathlib import Path
from typing import Any

import attrs
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

import navai

HERE = Path(__file__).resolve().parent

project = "navai-sdk"
author = "The navai-sdk authors"
copyright = re.search(r"Copyright \(c\) (.+)", (HERE.parent / "LICENSE").read_text("utf-8"))[1]  # noqa: A001 (Sphinx's name for it)
version = release = navai.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["node_modules", "_build"]
nitpicky = True
# Types of other libraries, which have sites of their own; links to those would need the internet.
nitpick_ignore_regex = [
    (r"py:.*", r"(asyncio|httpx2?|datetime|collections|typing|os|pathlib|pytest|types|navai_sdk|anyio)\..*"),
    (r"py:.*", r"(Any|Literal|Mapping|Callable|Iterable|Self|Unpack|Options|optional|TypeError|ValueError|RuntimeError|OSError).*"),
    (r"py:.*", r"(agents\.realtime\..*|Realtime[A-Z].*|LocalFunctions|ExecuteBackendFunction)"),
    (r"py:.*", r"(dict|list|tuple|str|int|float|bool|bytes|None|Exception)"),
    (r"py:.*", r"navai\.(_[a-z]|testing\._).*"),
]

myst_heading_anchors = 3
# In docstrings, as in the code: `name` is a name, and so is ``text``.
default_role = "code"

autodoc_default_options = {
    "members": True,
    "undoc-members": True,
    "member-order": "bysource",
    "inherited-members": "BaseException,OSError",
}
autodoc_typehints_format = "short"
maximum_signature_line_length = 90
napoleon_attr_annotations = False  # The signature of the class has the types.

html_theme = "furo"
html_title = f"navai-sdk {release}"
html_show_sphinx = False
html_copy_source = False
html_use_index = False

logger = logging.getLogger(__name__)


def ask_for_docstring(_: Sphinx, what: str, name: str, documented: Any, __: Any, lines: list[str]) -> None:
    """A public name without a docstring is a warning, and so an error."""
    if not any(lines) and (what != "attribute" or inspect.isclass(documented)):
        logger.warning("%s %s has no docstring", what, name)


def show_defaults(_: Sphinx, what: str, __: str, documented: Any, ___: Any, signature: str | None, returns: str | None) -> Any:
    """What attrs makes anew for each instance reads as what is made: `[]`, not `NOTHING`."""
    if what == "class" and signature is not None and attrs.has(documented):
        for field in attrs.fields(documented):
            if isinstance(field.default, attrs.Factory):
                signature = re.sub(rf"(\b{field.name}\b[^=]*=\s*)NOTHING", rf"\g<1>{field.default.factory()!r}", signature)
    return signature, returns


def leave_out_fields(_: Sphinx, __: str, ___: str, member: Any, ____: bool, _____: Any) -> bool | None:
    """A field is described in the docstring of its class, once."""
    return None if inspect.isroutine(member) or inspect.isclass(member) or isinstance(member, property) else True


def let_names_break(_: Sphinx, document: nodes.document, __: str) -> None:
    """Long names in tables may break after a part of theirs, so that fewer columns are out of sight on a narrow screen."""
    for cell in document.findall(nodes.entry):
        for name in list(cell.findall(nodes.literal)):
            parts = re.split(r"(?<=[_./=(])(?=\w)|(?<=[a-z])(?=[A-Z])", name.astext())
            name[:] = [node for part in parts for node in (nodes.Text(part), nodes.raw("", "<wbr>", format="html"))][:-1]


def add_contract(app: Sphinx, failed: Exception | None) -> None:
    """The contract and what shows it, beside the page that frames them.

    As a script too: a page that was opened as a file may load scripts, and nothing else.
    """
    if failed is None:
        contract = (HERE.parent / "navai_sdk" / "openapi.json").read_text("utf-8")
        (app.outdir / "openapi.js").write_text(f"const CONTRACT = {contract};\n", "utf-8")
        shutil.copy(HERE / "contract-viewer.html", app.outdir)
        shutil.copy(HERE / "node_modules" / "redoc" / "bundles" / "redoc.standalone.js", app.outdir)
        shutil.copy(HERE.parent / "navai_sdk" / "openapi.json", app.outdir)


def setup(app: Sphinx) -> None:
    """Sphinx asks for this."""
    app.connect("autodoc-process-docstring", ask_for_docstring)
    app.connect("autodoc-process-signature", show_defaults)
    app.connect("autodoc-skip-member", leave_out_fields)
    app.connect("doctree-resolved", let_names_break)
    app.connect("build-finished", add_contract)
