"""What a payload may be, and the type of a result that the caller names, for type checkers. Imports neither pydantic nor attrs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    # Without a `result_type`, a result may be anything.
    ResultT = TypeVar("ResultT", default=Any)
else:
    from typing import TypeVar

    ResultT = TypeVar("ResultT")


class PydanticModel(Protocol):
    """A ``pydantic.BaseModel``."""

    def model_dump(self, *, mode: str = ..., by_alias: bool = ...) -> dict[str, Any]:
        """Its fields as a dict."""
        ...


class Dataclass(Protocol):
    """An instance of a dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


Payload = Mapping[str, Any] | PydanticModel | Dataclass
