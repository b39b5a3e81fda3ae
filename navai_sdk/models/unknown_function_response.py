# Generated from openapi/navai-backend.yaml by `make generate`. Never edit by hand: `make check-generated` would fail.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="UnknownFunctionResponse")


@_attrs_define
class UnknownFunctionResponse:
    """There is no such function, or it may not be called."""

    error: str | Unset = UNSET
    """ What went wrong, in a sentence. """
    available_functions: list[str] | Unset = UNSET
    """ The names that may be executed. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        error = self.error

        available_functions: list[str] | Unset = UNSET
        if not isinstance(self.available_functions, Unset):
            available_functions = self.available_functions

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if error is not UNSET:
            field_dict["error"] = error
        if available_functions is not UNSET:
            field_dict["available_functions"] = available_functions

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        error = d.pop("error", UNSET)

        available_functions = cast(list[str], d.pop("available_functions", UNSET))

        unknown_function_response = cls(
            error=error,
            available_functions=available_functions,
        )

        unknown_function_response.additional_properties = d
        return unknown_function_response

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
