"""Results as fields of pydantic models, and so in FastAPI responses. Loaded when pydantic asks for a schema; needs pydantic 2."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any, NoReturn

import attrs
from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from navai._errors import NavaiError

_REFUSAL = (
    "A ClientSecret is not written as JSON by itself, so that it is not sent by accident: write what you want to send, for example "
    "{'value': secret.value, 'expires_at': secret.expires_at}."
)


def result_schema(cls: type[Any], handler: GetCoreSchemaHandler) -> CoreSchema:
    """The schema of an attrs class: accepts an instance, or a dict of its fields; written as that dict.

    Args:
        cls: The class; its annotations must not be strings.
        handler: Returns pydantic's schemas for the types of the fields.
    """

    def validate(value: Any, validate_fields: core_schema.ValidatorFunctionWrapHandler) -> Any:
        return value if isinstance(value, cls) else cls(**validate_fields(value))

    def serialize(value: Any, serialize_fields: core_schema.SerializerFunctionWrapHandler) -> Any:
        return serialize_fields(attrs.asdict(value, recurse=False))

    fields = core_schema.typed_dict_schema(
        {
            field.name: core_schema.typed_dict_field(
                _OURS[field.type]() if field.type in _OURS else handler.generate_schema(field.type),
                required=field.default is attrs.NOTHING,
            )
            for field in attrs.fields(cls)
        },
        cls=cls,
    )
    return core_schema.no_info_wrap_validator_function(
        validate,
        fields,
        serialization=core_schema.wrap_serializer_function_ser_schema(serialize, schema=fields),
        ref=f"{cls.__module__}.{cls.__qualname__}:{id(cls)}",
    )


def _error_schema() -> CoreSchema:
    """An error, or None; in JSON its message."""
    message = core_schema.no_info_after_validator_function(NavaiError, core_schema.str_schema())
    error = core_schema.json_or_python_schema(
        message,
        core_schema.union_schema([core_schema.is_instance_schema(NavaiError), message]),
        serialization=core_schema.to_string_ser_schema(when_used="json"),
    )
    return core_schema.nullable_schema(error)


def _bytes_schema() -> CoreSchema:
    """Bytes; in JSON, base64 (RFC 4648 section 4), also where a program reads the JSON before pydantic does."""
    encoded = core_schema.no_info_after_validator_function(lambda text: b64decode(text, validate=True), core_schema.str_schema())
    return core_schema.json_or_python_schema(
        encoded,
        core_schema.union_schema([core_schema.is_instance_schema(bytes), encoded]),
        serialization=core_schema.plain_serializer_function_ser_schema(
            lambda data: b64encode(data).decode("ascii"), return_schema=core_schema.str_schema(), when_used="json"
        ),
    )


# The types of fields that pydantic has no schema for, or not the one that JSON needs.
_OURS: dict[Any, Callable[[], CoreSchema]] = {NavaiError | None: _error_schema, bytes: _bytes_schema}


def secret_schema(cls: type[Any]) -> CoreSchema:
    """The schema of a secret: accepts an instance, and refuses to write it as JSON."""
    refusal = core_schema.plain_serializer_function_ser_schema(refuse_secret, when_used="json")
    return core_schema.is_instance_schema(cls, serialization=refusal)


def refuse_secret(_: object) -> NoReturn:
    """Refuses to write a secret as JSON.

    Raises:
        TypeError: Always; the message says what to write instead.
    """
    raise TypeError(_REFUSAL)
