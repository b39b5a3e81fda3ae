"""Redaction."""

from __future__ import annotations

import html
import json
import re
import time
import tracemalloc
import weakref
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus, unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navai._options.settings import Settings
from navai._redacted_dict import RedactedDict
from navai._redaction import Redactor
from navai._secrets import MASK, header_secrets, query_secrets, redact_url

MIB = 1024 * 1024


@pytest.mark.parametrize("secret", ['planted/with"quotes\\and ñ', "planted-secret"])
def test_a_secret_is_redacted_as_it_stands_and_as_encoders_write_it(secret: str) -> None:
    redactor = Redactor([secret])
    forms = [secret, json.dumps(secret), json.dumps(secret, ensure_ascii=False), json.dumps(secret).replace("/", "\\/")]
    for form in forms:
        assert "planted" not in redactor.text(f"before {form} after")
        assert redactor.text(f"before {form} after").startswith("before ")


def test_the_longest_secret_is_redacted_first() -> None:
    assert Redactor(["abcdef", "abcdefghi"]).text("abcdefghi abcdef") == "*** ***"


@pytest.mark.parametrize("key", ["sk-proj-0123_abcDEF", "sk-0123456789", "ek_68af296e8e408191a1120ab6383263c2"])
def test_what_looks_like_an_openai_key_is_redacted(key: str) -> None:
    assert Redactor([]).text(f"Incorrect API key: {key}.") == "Incorrect API key: ***."


@pytest.mark.parametrize("text", ["task-0123456789", "ask-questions-later", "sk-1", "seek_something_else"])
def test_words_that_only_resemble_a_key_are_left_alone(text: str) -> None:
    assert Redactor(["1", "", "en"]).text(text) == text


def within(redactor: Redactor, value: Any) -> Any:
    """A JSON value, redacted."""
    redactor.json_within(root := [value])
    return root[0]


def test_json_is_redacted_in_keys_and_strings_at_any_depth() -> None:
    value: Any = {"planted": [1, None, {"a": "x planted y"}], "b": True}
    deep: Any = "planted"
    for _ in range(50_000):
        deep = [deep]
    redactor = Redactor(["planted"])
    assert within(redactor, value) == {"***": [1, None, {"a": "x *** y"}], "b": True}
    redacted = within(redactor, deep)
    for _ in range(50_000):
        redacted = redacted[0]
    assert redacted == "***"
    assert "planted" not in repr(redactor)


@pytest.mark.parametrize("secret", ["planted-secret", 'pl"anted', "pl\u00e9anted", "pl\\anted"])
@pytest.mark.parametrize("ensure_ascii", [True, False])
def test_all_of_a_secret_is_redacted_from_its_first_letter_to_its_last(secret: str, ensure_ascii: bool) -> None:
    written = json.dumps({"a": secret}, ensure_ascii=ensure_ascii)
    assert Redactor([secret]).text(written) == '{"a": "***"}'


@pytest.mark.parametrize("beside", ["Geçersiz İstek: ", "İİİ", "ΟΔΟΣ ", "Straße "])
def test_letters_whose_other_case_is_not_one_letter_hide_no_secret_beside_them(beside: str) -> None:
    """The lower case of the Turkish İ is two letters: nothing was found in a text that had one."""
    redactor = Redactor(["Planted-Key"])
    for form in ("Planted-Key", "PLANTED-KEY", "planted-key", "&#80;lanted-Key"):
        assert redactor.text(f"{beside}{form} {beside}") == f"{beside}*** {beside}"
    assert redactor.text(f"{beside}Planted-K", is_cut=True) == f"{beside}***"


@pytest.mark.parametrize("secret", ["İstanbul-Key", "ΚΛΕΙΔΙΟΣ"])
def test_a_secret_of_such_letters_is_redacted_in_any_case(secret: str) -> None:
    redactor = Redactor([secret])
    assert [redactor.text(f"[{form}a]") for form in (secret, secret.upper(), secret.lower().replace("i\u0307", "i"))] == [
        "[***a]"
    ] * 3


def test_a_redactor_shows_nothing() -> None:
    assert repr(Redactor(["planted"])) == "<Redactor>"


# --- as a later reader decodes it -------------------------------------------------------------------------------------------------

TOKEN = 'planted/"key" & more+7'
FORMS = {
    "as it stands": TOKEN,
    "HTML": html.escape(TOKEN),
    "HTML, twice": html.escape(html.escape(TOKEN)),
    "decimal entities": "".join(f"&#{ord(letter)};" for letter in TOKEN),
    "hexadecimal entities": "".join(f"&#x{ord(letter):04X};" for letter in TOKEN),
    "entities of Django": TOKEN.replace("&", "&amp;").replace('"', "&quot;"),
    "inline tags": TOKEN.replace("key", "<b>k</b>e<wbr>y"),
    "the comments of React": TOKEN.replace("key", "k<!-- > -->ey"),
    "tags and entities": html.escape(TOKEN).replace("key", '<span class="k">key</span>'),
    "a query": quote(TOKEN, safe=""),
    "a query in small letters": quote(TOKEN, safe="").lower(),
    "a form": quote_plus(TOKEN),
    "a query in a query": quote(quote(TOKEN, safe=""), safe=""),
    "every letter percent-encoded": "".join(f"%{ord(letter):02x}" for letter in TOKEN),
    "JSON": json.dumps(TOKEN)[1:-1],
    "JSON of PHP": json.dumps(TOKEN)[1:-1].replace("/", "\\/"),
    "JSON of Go": json.dumps(TOKEN)[1:-1].replace("&", "\\u0026"),
    "JSON of .NET": TOKEN.replace('"', "\\u0022").replace("&", "\\u0026").replace("+", "\\u002B"),
    "JSON in JSON": json.dumps(json.dumps(TOKEN))[3:-3],
    "HTML in JSON": json.dumps(html.escape(TOKEN))[1:-1].replace("&", "\\u0026"),
    "tags in JSON of Go": json.dumps(TOKEN.replace("key", "k<b>e</b>y"))[1:-1].replace("<", "\\u003c").replace(">", "\\u003e"),
    "JavaScript": "".join(f"\\x{ord(letter):02x}" for letter in TOKEN),
    "JavaScript's code points": "".join(f"\\u{{{ord(letter):x}}}" for letter in TOKEN),
    "octal escapes": "".join(f"\\{ord(letter):03o}" if not letter.isalnum() else letter for letter in TOKEN),
    "JavaScript in entities": TOKEN.replace("e", "\\&#x75;0065"),
    "short octal escapes": TOKEN.replace(" ", "\\40").replace("&", "\\46"),
    "a regular expression": re.escape(TOKEN),
    "a shell": re.sub("([^0-9A-Za-z])", r"\\\1", TOKEN),
    "in small letters": TOKEN.lower(),
    "in capitals": TOKEN.upper(),
}


def read_by_anybody(text: str) -> str:
    """All escapes undone and all tags left out, as often as there are any."""
    while True:
        text = text.replace("\\&#x75;", "\\u")
        plain = re.sub(r"<!--.*?-->|<[^<>]*>", "", html.unescape(unquote_plus(text)))
        plain = re.sub(r"\\u\{?([0-9a-fA-F]{2,4})\}?|\\x(..)", lambda found: chr(int(found[1] or found[2], 16)), plain)
        plain = re.sub(r"\\([0-3]?[0-7]{2})", lambda found: chr(int(found[1], 8)), plain)
        plain = re.sub(r"\\(.)", r"\1", plain)
        if plain == text:
            return plain
        text = plain


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_redacted_in_every_form_that_a_later_reader_decodes(form: str) -> None:
    redacted = Redactor([TOKEN]).text(f"before &lt; {FORMS[form]} > behind")
    assert redacted == "before &lt; *** > behind"
    assert "planted" in read_by_anybody(FORMS[form]).lower()  # The test can fail.


@pytest.mark.parametrize(
    "secret", ["100%25 &amp; <b>x</b>", "a%41b&c%", "back\\slash\\n-secret", "ñandú-secreto", "\U0001f511-my-key"]
)
def test_a_secret_that_looks_escaped_itself_is_redacted_as_it_stands_and_escaped(secret: str) -> None:
    redactor = Redactor([secret])
    for form in (secret, html.escape(secret), quote(secret, safe=""), json.dumps(secret), json.dumps(secret, ensure_ascii=False)):
        assert redactor.text(f"[{form}]").strip('[]"') == "***"


def test_a_secret_with_a_tag_in_it_is_redacted_with_further_tags_in_it() -> None:
    assert Redactor(["planted<b>key"]).text("No planted<b>k<i>e</i>y here") == "No *** here"


@pytest.mark.parametrize("secret", ["%aa:&\\>-", "<%ac/b#", ";\\. %ba=", "%41%42%43", "&lt;&gt;", "a\\'&amp;+\""])
def test_a_secret_that_is_read_as_something_short_is_redacted_in_each_single_encoding(secret: str) -> None:
    """What it is read as is too short to be redacted."""
    written = json.dumps(secret)[1:-1]
    of_go = re.sub("[<>&]", lambda letter: f"\\u{ord(letter[0]):04x}", written)
    of_net = re.sub("[<>&'+\"]", lambda letter: f"\\u{ord(letter[0]):04X}", written.replace('\\"', '"'))
    forms = [
        secret,
        html.escape(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        written,
        written.replace("/", "\\/"),
        of_go,
        of_net,
    ]
    assert [Redactor([secret]).text(f"No {form} here") for form in forms] == ["No *** here"] * len(forms)


def test_what_stands_around_a_secret_stays_as_it_was() -> None:
    page = '<p class="a">Key <b>%70lanted</b>-key&nbsp;&amp; <i>more</i>\r\n\\u00f1 100%</p> planted-ke'
    assert Redactor(["planted-key"]).text(page) == '<p class="a">Key <b>***&nbsp;&amp; <i>more</i>\r\n\\u00f1 100%</p> planted-ke'


def test_what_follows_a_key_behind_a_tag_does_not_belong_to_it() -> None:
    assert Redactor([]).text("<p>sk-0123456789</p><p>Please</p>") == "<p>***</p><p>Please</p>"
    assert Redactor([]).text("<p>sk-proj<wbr>-0123456789 is wrong") == "<p>*** is wrong"


@pytest.mark.parametrize(
    "end", ["planted", "planted-ke", "plant%65", "&#112;lanted", "plan<b>ted</b>-k", "planted-k%6", "planted-k&#1", "planted<b"]
)
def test_a_text_that_was_cut_does_not_end_with_the_beginning_of_a_secret(end: str) -> None:
    redactor = Redactor(["planted-key"])
    assert redactor.text(f"An answer with {end}", is_cut=True) == "An answer with ***"
    assert redactor.text(end, is_cut=True) == "***"
    assert redactor.text("An answer with plant", is_cut=True) == "An answer with plant"  # As short as what is not redacted at all.


def test_a_number_that_is_a_secret_is_redacted() -> None:
    redactor = Redactor(["12345678", "10203040", "000001", "0123456", "12345"])
    assert within(redactor, [12345678, 12345678.0, 10203040]) == ["***"] * 3
    others = [1, True, 123456, 12345]  # No secret begins with the zeros that JSON leaves out, or is as short.
    assert within(redactor, others) == [1, True, 123456, 12345]


def test_secrets_of_fewer_than_six_letters_are_not_redacted() -> None:
    assert Redactor(["12345", " 123 "]).text("12345 of 123") == "12345 of 123"
    assert Redactor(["123456"]).text("123456 of 123") == "*** of 123"


@pytest.mark.parametrize(
    ("name", "value", "repeated"),
    [
        ("X-Api-Key", "planted-key", "planted-key"),
        ("X-Auth", "Token planted-key", "planted-key"),
        ("Authorization", "Bearer planted-key", "planted-key"),
        ("Authorization", "ApiKey ana:planted-key", "planted-key"),
        ("Authorization", "ApiKey ana:planted-key", "ana:planted-key"),
        ("Authorization", f"basic {b64encode(b'ana:planted-key').decode()}", "planted-key"),
        ("Authorization", f"Basic {b64encode(b'ana:planted:key').decode()}", "planted:key"),
        ("X-Auth", "ApiKey eu:ana:planted-key", "planted-key"),
        ("Authorization", 'Digest username="ana", response="planted-key"', "planted-key"),
        ("Cookie", "theme=dark; session=planted-key; a=b", "planted-key"),
        ("Cookie", "session=planted%2Dkey", "planted-key"),
        ("Cookie", "theme=dark; session=XplantedX; a=b", "XplantedX"),
        ("Cookie", "planted-key", "planted-key"),
    ],
)
def test_what_a_backend_takes_out_of_a_header_is_a_secret_too(name: str, value: str, repeated: str) -> None:
    assert Redactor(header_secrets(name, value)).text(f"No session {repeated}!") == "No session ***!"


def test_the_words_of_an_error_and_of_those_that_led_to_it_are_redacted_and_those_of_nobody_else() -> None:
    foreign = KeyError("planted-key")  # What the caller's program was handling.
    lowest = OSError(5, "lost: planted-key")
    lower = ValueError("raw: %70lanted-key", {"causes": ["planted-key"]})
    error = RuntimeError("Failed: planted-key")
    error.__cause__, lower.__cause__, lowest.__cause__ = lower, lowest, error  # A circle does no harm.
    lower.__context__ = foreign
    Redactor(["planted-key"]).error(error)
    assert [each.args for each in (error, lower, lowest)] == [("Failed: ***",), ("raw: ***", {"causes": ["***"]}), (5, "lost: ***")]
    assert str(lowest) == "[Errno 5] lost: ***"
    assert foreign.args == ("planted-key",)


def test_no_part_of_basic_authentication_that_is_none_is_taken_for_a_password() -> None:
    assert "" not in filter(None, header_secrets("Authorization", "Basic x"))
    assert list(header_secrets("User-Agent", "my program")) == []


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("/navai/functions", "/navai/functions"),
        ("/?rest_route=/navai/v1/functions&key=planted&x", "/?rest_route=/navai/v1/functions&key=***&***"),
        ("https://ana:planted@host/x?planted", "https://***@host/x?***"),
        ("https://host/users/@me?x=1", "https://host/users/@me?x=***"),
        ("//ana:planted@host", "//***@host"),
        ("/users/@me", "/users/@me"),
    ],
)
def test_a_url_is_shown_without_credentials_and_values(url: str, shown: str) -> None:
    assert redact_url(url) == shown


def test_the_values_of_a_query_are_secrets_except_the_route() -> None:
    assert query_secrets("/x?rest_route=/navai&key=planted&bare&a=b=c?d") == ["planted", "bare", "b=c?d"]


@pytest.mark.parametrize(
    "piece",
    [
        "%41",
        "%25",
        "&amp;",
        "&",
        "<b>",
        "<",
        "<!--",
        "<!-- x",
        "\\n",
        "\\u0026",
        "%e9",
        "&#112;",
        "sk-",
        "p",
        " ",
        " \n",
        "\n",
        "abcd\n",
    ],
)
def test_redacting_takes_time_that_grows_with_the_text_only(piece: str) -> None:
    redactor = Redactor(["planted-key", "Basic YW5hOnBsYW50ZWQ=", "abcd abcd abcd abcd efgh"])
    began = time.process_time()
    redactor.text((piece * (1 << 20))[: 1 << 20], is_cut=True)
    assert time.process_time() - began < 10  # A quadratic one takes hours.


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece", ["\\n", "ab\\n", "&amp;", "%41", "<b>", "planted", "pl&#97;nted", "<b>p</b>lanted", " \n", "a \n"]
)
def test_redacting_takes_memory_that_grows_with_the_text_only_and_little(piece: str) -> None:
    """Where each escape stands was kept: 120 bytes for one of two letters."""
    text = piece * (MIB // 2 // len(piece)) + "planted"
    redactor = Redactor(["planted", "one two"])
    redactor.text("pl&#97;nted")  # Loads and compiles what it needs.
    tracemalloc.start()
    try:
        redacted = redactor.text(text)
        taken = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert redacted.endswith(MASK)
    assert taken < 8 * len(text)


@given(
    parts=st.lists(
        st.sampled_from(["planted", "%70lanted", "PL&#65;NTED", "pl<b>ant</b>ed", "<i>", "&amp;", "a", " ", "%25", "&b", "漢"])
    )
)
def test_all_around_secrets_stays_as_it_was_however_many_there_are(parts: list[str]) -> None:
    text = "|".join(parts)
    assert Redactor(["planted"]).text(text) == "|".join(MASK if len(each) > 6 else each for each in parts)


def test_what_only_looks_like_an_entity_is_not_taken_along() -> None:
    assert Redactor(["planted"]).text("a=1&planted=2&pl%61nted;") == "a=1&***=2&***;"


def test_json_is_redacted_in_place_where_there_may_be_no_room_for_a_copy() -> None:
    inner: list[Any] = ["planted", {"planted": [12345678]}]
    root: list[Any] = [{"a": inner}]
    Redactor(["planted", "12345678"]).json_within(root)
    assert root == [{"a": ["***", {"***": ["***"]}]}]
    assert root[0]["a"] is inner


# --- blanks, and characters beyond ASCII ------------------------------------------------------------------------------------------

WORDS = "abcd efgh ijkl mnop qrst uvwx"


BLANKS = [
    "\n",
    "\t",
    "\r\n  ",
    "\xa0",
    "  ",
    "\u2028",
    "\u3000",
    "\x1b",
    "\x9b",
    "\u202e",
    "&nbsp;",
    "\\n",
    "%0A%20",
    " <br> ",
    "\\ ",
]


@pytest.mark.parametrize("blank", [*BLANKS, "", "<br>", "+", "%0D%0A+", "\\40", " " * 1000, "\ufeff\xad"])
def test_any_blanks_stand_for_a_blank_of_a_secret(blank: str) -> None:
    """`str(error)` shows each as one: so a password of WordPress stood in it, although the body had line breaks."""
    repeated = blank.join(WORDS.split())
    assert Redactor([WORDS]).text(f"Not  {repeated}\n it is") == "Not  ***\n it is"
    assert Redactor([WORDS.replace(" ", " \n")]).text(f"Not {repeated}!") == "Not ***!"
    assert within(Redactor([WORDS]), [{repeated: repeated}]) == [{"***": "***"}]


@pytest.mark.parametrize("end", ["abcd\nef", "abcd\r\n  efgh\t", "abcd%0A%0Aefgh%2", "abcd<br> \nef", "abcd%0Aefgh %f0%9f"])
def test_a_cut_text_does_not_end_with_the_beginning_of_a_secret_with_other_blanks(end: str) -> None:
    assert Redactor(["abcd efgh \U0001f511", WORDS]).text(f"Not {end}", is_cut=True) == "Not ***"


@pytest.mark.parametrize("secret", ["p\xe4ssw\xf6rd-geheim", "\u043f\u0430\u0440\u043e\u043b\u044c", "key-\U0001f511-of-mine"])
def test_a_secret_beyond_ascii_is_redacted_where_its_bytes_are_taken_for_characters(secret: str) -> None:
    """A header of an answer has them so, and `repr(bytes)` writes them as escapes."""
    redactor = Redactor([secret])
    for form in (secret.encode().decode("latin-1"), repr(secret.encode())[2:-1], repr(secret.encode().decode("latin-1"))[1:-1]):
        assert redactor.text(f"No <{form}> here") == "No <***> here"
    octal = "".join(f"\\{byte:03o}" for byte in secret.encode())
    assert redactor.text(f"No {octal}") == "No ***"


def test_half_of_a_surrogate_pair_in_a_secret_does_no_harm() -> None:
    assert Redactor(["planted\ud800"]).text("No planted\ud800 here") == "No *** here"


WRITTEN: dict[str, Callable[[str], str]] = {
    "as it stands": str,
    "percent-encoded": quote,
    "percent-encoded twice": lambda text: quote(quote(text)),
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON in JSON": lambda text: json.dumps(text)[1:-1].replace("\\", "\\u005c"),
    "octal escapes, percent-encoded": lambda text: quote("".join(f"\\{byte:03o}" for byte in text.encode())),
    "bytes": lambda text: repr(text.encode())[2:-1],
    "octal escapes": lambda text: "".join(f"\\{byte:03o}" for byte in text.encode()),
}


@pytest.mark.parametrize(
    "secret", ["geheim-schl\xfcssel-\xf6-123", "geheim-<b\xe4-123", "geheim-\u20ac-123", "geheim-\U0001f511-123"]
)
@pytest.mark.parametrize("form", WRITTEN)
def test_a_text_that_is_cut_within_a_character_does_not_end_with_the_beginning_of_a_secret(secret: str, form: str) -> None:
    write = WRITTEN[form]
    written = write(secret).encode()
    for length in range(len(write("geheim").encode()), len(written) + 1):
        cut = (b"An answer with " + written[:length]).decode("utf-8", "replace")
        assert Redactor([secret]).text(cut, is_cut=True) == "An answer with ***"


@pytest.mark.parametrize("end", ["%u00", "\\u00", "\\x6", "\\u{6", "%256", "&amp;#1"])
def test_a_text_that_is_cut_within_an_escape_does_not_end_with_the_beginning_of_a_secret(end: str) -> None:
    assert Redactor(["planted-key"]).text(f"An answer with planted-k{end}", is_cut=True) == "An answer with ***"


def test_of_the_beginnings_of_several_secrets_the_longest_is_redacted() -> None:
    assert Redactor(["planted-key", "ted-key-of-somebody-else"]).text("No planted-ke", is_cut=True) == "No ***"


def test_what_ends_a_cut_text_may_only_look_like_an_escape_that_was_cut() -> None:
    assert Redactor(["ab/c&defghij"]).text("No ab%2Fc&defgh", is_cut=True) == "No ***"


# --- what reports walk through ----------------------------------------------------------------------------------------------------


def test_hidden_values_are_looked_up_like_those_of_a_dict_and_walked_through_by_nobody() -> None:
    hidden = RedactedDict({"a": 1}, key="planted")
    assert not isinstance(hidden, Mapping | tuple | list | set)
    assert not hasattr(hidden, "__dict__")
    assert (hidden["key"], hidden.get("b", 2), len(hidden), dict(**hidden)) == ("planted", 2, 2, {"a": 1, "key": "planted"})
    assert repr(hidden) == "<a, key>"
    assert dict((hidden | RedactedDict(key="other")).items()) == {"a": 1, "key": "other"}
    settings = Settings.from_options({"headers": {"X-Key": "planted"}})
    assert not isinstance(settings, Mapping | tuple | list | set)
    assert "planted" not in repr(settings)


def test_hidden_values_do_not_keep_what_was_being_handled_when_they_were_checked() -> None:
    """A client that is built in an `except` block keeps its options."""

    class Handled(Exception):
        pass

    hidden = RedactedDict(key="planted")
    try:
        raise Handled
    except Handled as error:
        handled = weakref.ref(error)
        with hidden:
            pass
    assert handled() is None
    assert hidden["key"] == "planted"
