# Generated from openapi/navai-backend.yaml by `make generate`. Never edit by hand: `make check-generated` would fail.
from __future__ import annotations

from collections.abc import Mapping
from typing import (
    Any,
    Literal,
    TypeVar,
    cast,
)

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="ExecuteFunctionResponse")


@_attrs_define
class ExecuteFunctionResponse:
    """The function has run."""

    ok: Literal[True]
    """ Exactly `true`. Anything else is a failure. """
    result: Any | Unset = UNSET
    """ What the function returned. Any JSON value. """
    function_name: str | Unset = UNSET
    """ The function that ran, as the backend calls it. """
    source: str | Unset = UNSET
    """ Where the function comes from. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        ok = self.ok

        result = self.result

        function_name = self.function_name

        source = self.source

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "ok": ok,
            }
        )
        if result is not UNSET:
            field_dict["result"] = result
        if function_name is not UNSET:
            field_dict["function_name"] = function_name
        if source is not UNSET:
            field_dict["source"] = source

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        ok = cast(Literal[True], d.pop("ok"))
        if ok != True:
            raise ValueError(f"ok must match const True, got '{ok}'")

        result = d.pop("result", UNSET)

        function_name = d.pop("function_name", UNSET)

        source = d.pop("source", UNSET)

        execute_function_response = cls(
            ok=ok,
            result=result,
            function_name=function_name,
            source=source,
        )

        execute_function_response.additional_properties = d
        return execute_function_response

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
