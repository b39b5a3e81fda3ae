# Generated from openapi/navai-backend.yaml by `make generate`. Never edit by hand: `make check-generated` would fail.
from __future__ import annotations

from collections.abc import Mapping
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    TypeVar,
    cast,
)

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.approval import Approval


T = TypeVar("T", bound="FunctionFailure")


@_attrs_define
class FunctionFailure:
    """The function did not run, or did not succeed."""

    ok: Literal[False]
    """ Always `false`. """
    function_name: str | Unset = UNSET
    """ The function that was asked for. """
    error: str | Unset = UNSET
    """ What kind of failure it was, in a sentence. """
    details: str | Unset = UNSET
    """ What exactly went wrong, in words for a person. Preferred over `error` for display. """
    message: str | Unset = UNSET
    """ What is to happen next, when the execution waits for approval (WordPress). """
    pending_approval: bool | Unset = UNSET
    """ Whether the execution waits for somebody's approval (WordPress). """
    approval: Approval | Unset = UNSET
    """ The approval that an execution waits for (WordPress). """
    validation_errors: list[str] | Unset = UNSET
    """ Where the payload does not fit the function's argument schema, a sentence each (WordPress). """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        ok = self.ok

        function_name = self.function_name

        error = self.error

        details = self.details

        message = self.message

        pending_approval = self.pending_approval

        approval: dict[str, Any] | Unset = UNSET
        if not isinstance(self.approval, Unset):
            approval = self.approval.to_dict()

        validation_errors: list[str] | Unset = UNSET
        if not isinstance(self.validation_errors, Unset):
            validation_errors = self.validation_errors

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "ok": ok,
            }
        )
        if function_name is not UNSET:
            field_dict["function_name"] = function_name
        if error is not UNSET:
            field_dict["error"] = error
        if details is not UNSET:
            field_dict["details"] = details
        if message is not UNSET:
            field_dict["message"] = message
        if pending_approval is not UNSET:
            field_dict["pending_approval"] = pending_approval
        if approval is not UNSET:
            field_dict["approval"] = approval
        if validation_errors is not UNSET:
            field_dict["validation_errors"] = validation_errors

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.approval import Approval  # noqa: PLC0415

        d = dict(src_dict)
        ok = cast(Literal[False], d.pop("ok"))
        if ok != False:
            raise ValueError(f"ok must match const False, got '{ok}'")

        function_name = d.pop("function_name", UNSET)

        error = d.pop("error", UNSET)

        details = d.pop("details", UNSET)

        message = d.pop("message", UNSET)

        pending_approval = d.pop("pending_approval", UNSET)

        _approval = d.pop("approval", UNSET)
        approval: Approval | Unset
        if isinstance(_approval, Unset):
            approval = UNSET
        else:
            approval = Approval.from_dict(_approval)

        validation_errors = cast(list[str], d.pop("validation_errors", UNSET))

        function_failure = cls(
            ok=ok,
            function_name=function_name,
            error=error,
            details=details,
            message=message,
            pending_approval=pending_approval,
            approval=approval,
            validation_errors=validation_errors,
        )

        function_failure.additional_properties = d
        return function_failure

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
