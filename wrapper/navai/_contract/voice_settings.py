"""How a synthesized voice speaks."""

from typing import Any

from attrs import field, frozen

from navai._contract.payloads import checked_number
from navai._errors import ConfigurationError
from navai._json import short_repr


def _check_number(_: Any, attribute: Any, value: Any) -> None:
    if value is not None:
        checked_number(attribute.name, value)


def _check_flag(_: Any, attribute: Any, value: Any) -> None:
    if value is not None and type(value) is not bool:
        raise ConfigurationError(f"{attribute.name} must be True or False, not {short_repr(value)}.")


@frozen
class VoiceSettings:
    """How a synthesized voice speaks. None leaves a setting to the backend, or to the voice. ElevenLabs defines them.

    Args:
        stability: How even the voice is, from 0 to 1.
        similarity_boost: How close it is to the original voice, from 0 to 1.
        style: How much the speaker's style is exaggerated, from 0 to 1.
        use_speaker_boost: Whether to come still closer to the original speaker, which takes longer.

    Raises:
        ConfigurationError: If one is of the wrong type.
    """

    __module__ = "navai"

    stability: float | None = field(default=None, validator=_check_number)
    similarity_boost: float | None = field(default=None, validator=_check_number)
    style: float | None = field(default=None, validator=_check_number)
    use_speaker_boost: bool | None = field(default=None, validator=_check_flag)
