# Generated from openapi/navai-backend.yaml by `make generate`. Never edit by hand: `make check-generated` would fail.
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.speech_settings import SpeechSettings


T = TypeVar("T", bound="CreateClientSecretResponse")


@_attrs_define
class CreateClientSecretResponse:
    """An ephemeral secret for one OpenAI Realtime session."""

    value: str
    """ Secret. The ephemeral key to open the realtime session with. """
    expires_at: float | None | Unset = UNSET
    """ When the secret ends, in seconds since 1970-01-01T00:00:00Z. """
    speech: SpeechSettings | Unset = UNSET
    """ Who turns the agent's words into sound (Express). """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        value = self.value

        expires_at: float | None | Unset
        if isinstance(self.expires_at, Unset):
            expires_at = UNSET
        else:
            expires_at = self.expires_at

        speech: dict[str, Any] | Unset = UNSET
        if not isinstance(self.speech, Unset):
            speech = self.speech.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "value": value,
            }
        )
        if expires_at is not UNSET:
            field_dict["expires_at"] = expires_at
        if speech is not UNSET:
            field_dict["speech"] = speech

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.speech_settings import SpeechSettings  # noqa: PLC0415

        d = dict(src_dict)
        value = d.pop("value")

        def _parse_expires_at(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        expires_at = _parse_expires_at(d.pop("expires_at", UNSET))

        _speech = d.pop("speech", UNSET)
        speech: SpeechSettings | Unset
        if isinstance(_speech, Unset):
            speech = UNSET
        else:
            speech = SpeechSettings.from_dict(_speech)

        create_client_secret_response = cls(
            value=value,
            expires_at=expires_at,
            speech=speech,
        )

        create_client_secret_response.additional_properties = d
        return create_client_secret_response

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
