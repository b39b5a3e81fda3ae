"""White space as JavaScript knows it, since the contract says "trimmed" and "blank" in JavaScript's sense."""

# ECMA-262, sections 12.2 and 12.3 (WhiteSpace, LineTerminator). `str.strip()` differs: it also strips U+001C to U+001F and
# U+0085, but not U+FEFF.
_WHITESPACE = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
)


def trim(text: str) -> str:
    """`text` as trimmed by `String.prototype.trim`."""
    return text.strip(_WHITESPACE)
