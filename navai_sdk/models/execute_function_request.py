# Generated from openapi/navai-backend.yaml by `make generate`. Never edit by hand: `make check-generated` would fail.
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.execute_function_payload import ExecuteFunctionPayload


T = TypeVar("T", bound="ExecuteFunctionRequest")


@_attrs_define
class ExecuteFunctionRequest:
    """Which function to execute, and with what."""

    function_name: str
    """ The `name` from the list. Backends compare it without regard to case and surrounding blanks. """
    payload: ExecuteFunctionPayload | None
    """ The function's arguments, or null for none. Express calls the function with the object, or with the list in
    its
    key `args` where there is one.
     """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.execute_function_payload import ExecuteFunctionPayload  # noqa: PLC0415

        function_name = self.function_name

        payload: dict[str, Any] | None
        if isinstance(self.payload, ExecuteFunctionPayload):
            payload = self.payload.to_dict()
        else:
            payload = self.payload

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "function_name": function_name,
                "payload": payload,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.execute_function_payload import ExecuteFunctionPayload  # noqa: PLC0415

        d = dict(src_dict)
        function_name = d.pop("function_name")

        def _parse_payload(data: object) -> ExecuteFunctionPayload | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                payload_type_0 = ExecuteFunctionPayload.from_dict(data)

                return payload_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ExecuteFunctionPayload | None, data)

        payload = _parse_payload(d.pop("payload"))

        execute_function_request = cls(
            function_name=function_name,
            payload=payload,
        )

        execute_function_request.additional_properties = d
        return execute_function_request

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
