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

T = TypeVar("T", bound="SynthesizeSpeechResponse")


@_attrs_define
class SynthesizeSpeechResponse:
    """The speech."""

    provider: Literal["elevenlabs"]
    """ Exactly `elevenlabs`; the published client refuses any other. """
    mime_type: str
    """ The type of the audio, for example `audio/mpeg`. """
    audio_base_64: str
    """ The audio in base64 (RFC 4648, section 4). """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        provider = self.provider

        mime_type = self.mime_type

        audio_base_64 = self.audio_base_64

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "provider": provider,
                "mimeType": mime_type,
                "audioBase64": audio_base_64,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        provider = cast(Literal["elevenlabs"], d.pop("provider"))
        if provider != "elevenlabs":
            raise ValueError(f"provider must match const 'elevenlabs', got '{provider}'")

        mime_type = d.pop("mimeType")

        audio_base_64 = d.pop("audioBase64")

        synthesize_speech_response = cls(
            provider=provider,
            mime_type=mime_type,
            audio_base_64=audio_base_64,
        )

        synthesize_speech_response.additional_properties = d
        return synthesize_speech_response

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
