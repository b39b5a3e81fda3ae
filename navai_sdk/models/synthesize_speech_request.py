# Generated from openapi/navai-backend.yaml by `make generate`. Never edit by hand: `make check-generated` would fail.
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.voice_settings import VoiceSettings


T = TypeVar("T", bound="SynthesizeSpeechRequest")


@_attrs_define
class SynthesizeSpeechRequest:
    """What to say, and how. A field that is left out takes the backend's default."""

    text: str
    """ The text to speak. Not blank. """
    voice_id: str | Unset = UNSET
    """ The voice, by its ID at ElevenLabs. """
    model_id: str | Unset = UNSET
    """ The speech model, by its ID at ElevenLabs. """
    output_format: str | Unset = UNSET
    """ The format of the audio, by its name at ElevenLabs. Express says `mp3_44100_128` by default. """
    optimize_streaming_latency: float | Unset = UNSET
    """ How much quality to give up for an earlier start, from 0 (none) to 4. """
    voice_settings: VoiceSettings | Unset = UNSET
    """ How the voice speaks. A field that is left out takes the default of the backend, or of the voice. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        text = self.text

        voice_id = self.voice_id

        model_id = self.model_id

        output_format = self.output_format

        optimize_streaming_latency = self.optimize_streaming_latency

        voice_settings: dict[str, Any] | Unset = UNSET
        if not isinstance(self.voice_settings, Unset):
            voice_settings = self.voice_settings.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "text": text,
            }
        )
        if voice_id is not UNSET:
            field_dict["voiceId"] = voice_id
        if model_id is not UNSET:
            field_dict["modelId"] = model_id
        if output_format is not UNSET:
            field_dict["outputFormat"] = output_format
        if optimize_streaming_latency is not UNSET:
            field_dict["optimizeStreamingLatency"] = optimize_streaming_latency
        if voice_settings is not UNSET:
            field_dict["voiceSettings"] = voice_settings

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.voice_settings import VoiceSettings  # noqa: PLC0415

        d = dict(src_dict)
        text = d.pop("text")

        voice_id = d.pop("voiceId", UNSET)

        model_id = d.pop("modelId", UNSET)

        output_format = d.pop("outputFormat", UNSET)

        optimize_streaming_latency = d.pop("optimizeStreamingLatency", UNSET)

        _voice_settings = d.pop("voiceSettings", UNSET)
        voice_settings: VoiceSettings | Unset
        if isinstance(_voice_settings, Unset):
            voice_settings = UNSET
        else:
            voice_settings = VoiceSettings.from_dict(_voice_settings)

        synthesize_speech_request = cls(
            text=text,
            voice_id=voice_id,
            model_id=model_id,
            output_format=output_format,
            optimize_streaming_latency=optimize_streaming_latency,
            voice_settings=voice_settings,
        )

        synthesize_speech_request.additional_properties = d
        return synthesize_speech_request

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
