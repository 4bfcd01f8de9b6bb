"""Files that are no YAML, no text, or an attack, each with all that `check` says of it."""

from __future__ import annotations

from tests.unit.mappings.broken import BASE, HEAD, MAIL, Broken

__all__ = ["TEXTS"]


def _laughs() -> str:
    lines = "".join(f"x{n + 1}: &x{n + 1} [{', '.join([f'*x{n}'] * 9)}]\n" for n in range(9))
    return f"x0: &x0 [ha, ha]\n{lines}{BASE}"


TEXTS: tuple[Broken, ...] = (
    Broken("empty", "", ("1:1: the file is empty; write a pair, or copy a starter mapping",)),
    Broken(
        "comments only",
        "# to be written\n",
        ("1:1: the file is empty; write a pair, or copy a starter mapping",),
    ),
    Broken(
        "only a document mark",
        "---\n",
        ("1:1: the file is empty; write a pair, or copy a starter mapping",),
    ),
    Broken("null", "null\n", ("1:1: the file is empty; write a pair, or copy a starter mapping",)),
    Broken(
        "a list",
        "- pair: contacts\n",
        ("1:1: a mapping file is a table of keys like 'pair: contacts', this is a list",),
    ),
    Broken(
        "one text",
        "contacts\n",
        ("1:1: a mapping file is a table of keys like 'pair: contacts', this is a single text",),
    ),
    Broken(
        "latin-1",
        BASE.replace("match:", "# Küche\nmatch:").encode("latin-1"),
        ("5:4: byte 0xfc is not UTF-8; save the file as UTF-8",),
    ),
    Broken(
        "UTF-16 with its mark",
        BASE.encode("utf-16"),
        ("1:1: this is UTF-16; save the file as UTF-8",),
    ),
    Broken(
        "UTF-16 without its mark",
        BASE.encode("utf-16-le"),
        ("1:1: this is UTF-16; save the file as UTF-8",),
    ),
    Broken(
        "a NUL byte",
        BASE.replace("email <->", "em\0il <->"),
        ("7:12: a character that cannot be seen (U+0000); remove it",),
    ),
    Broken(
        "an escape of a terminal",
        BASE.replace("match:", "\x1b[31mmatch:"),
        ("5:1: a character that cannot be seen (U+001B); remove it",),
    ),
    Broken(
        "a second byte order mark",
        "\ufeff" + BASE.replace("match:", "\ufeffmatch:"),
        ("5:1: a character that cannot be seen (U+FEFF); remove it",),
    ),
    Broken(
        "a space without width",
        BASE.replace("salesforce\n", "salesforce\u200b\n"),
        ("4:23: a character that cannot be seen (U+200B); remove it",),
    ),
    Broken(
        "no-break spaces",
        BASE.replace("  email", "\xa0\xa0email"),
        ("7:1: a no-break space here; YAML is indented with plain spaces only",),
    ),
    Broken(
        "a mark that turns the text round",
        BASE.replace("[email]", "[\u202eemail]"),
        ("5:9: a character that cannot be seen (U+202E); remove it",),
    ),
    Broken(
        "a picture",
        b"\x89PNG\r\n\x1a\n\x00\x00",
        ("1:1: byte 0x89 is not UTF-8; save the file as UTF-8",),
    ),
    Broken(
        "tabs",
        BASE.replace("  email:", "\temail:"),
        ("7:1: a tab here; YAML is indented with spaces only",),
    ),
    Broken(
        "a tab after spaces",
        BASE.replace("  email:", "  \temail:"),
        ("7:3: a tab here; YAML is indented with spaces only",),
    ),
    Broken("10 MB", b"#" * 10_000_000, ("1:1: the file is larger than 1,000,000 bytes; split it",)),
    Broken(
        "too many keys",
        HEAD + "".join(f"k{n}: v\n" for n in range(90_000)),
        ("5999:1: more than 12,000 keys and values; split the file",),
    ),
    Broken(
        "brackets without end",
        HEAD + "match: " + "[" * 100_000,
        ("6:28: nested deeper than 20 levels",),
    ),
    Broken(
        "deep nesting",
        HEAD + "fields: " + "{a: " * 25 + "b" + "}" * 25 + "\n",
        ("6:86: nested deeper than 20 levels",),
    ),
    Broken("anchors that explode", _laughs(), ("3:50: more than 1,000 aliases; write them out",)),
    Broken(
        "an anchor that holds itself",
        HEAD + "fields: &all {email: *all}\n",
        ("6:22: '*all' names no anchor above it; write '&all' first",),
    ),
    Broken(
        "an unknown anchor",
        HEAD + "fields: *fields\n",
        ("6:9: '*fields' names no anchor above it; write '&fields' first",),
    ),
    Broken(
        "many aliases",
        "a: &a x\nb: [" + "*a, " * 1_001 + "*a]\n" + BASE,
        ("2:4005: more than 1,000 aliases; write them out",),
    ),
    Broken(
        "a merge key",
        HEAD + "fields:\n  a: &a {map: a <-> A}\n  email:\n    <<: *a\n",
        (
            (
                "8:3: fields.email: 'map' is missing; write what goes where, like 'map: "
                "email <-> Email'"
            ),
            "9:5: '<<' is not supported; write the keys out",
        ),
    ),
    Broken(
        "two documents",
        BASE + "---\n" + BASE,
        ("8:1: a second document starts here ('---'); write one pair a file",),
    ),
    Broken(
        "a Python tag",
        HEAD + 'fields: !!python/object/apply:os.system ["ls"]\n',
        ("6:9: the tag '!!python/object/apply:os.system' is not supported; write plain values",),
    ),
    Broken(
        "another tag",
        HEAD + "fields: !include contacts.yaml\n",
        ("6:9: the tag '!include' is not supported; write plain values",),
    ),
    Broken(
        "a duplicate key",
        BASE + "match: [email]\n",
        ("8:1: the key 'match' is written twice; keep one of them",),
    ),
    Broken(
        "a duplicate field",
        BASE + MAIL,
        ("8:3: the key 'email' is written twice; keep one of them",),
    ),
    Broken("a key that is a list", BASE + "? [a, b]\n: c\n", ("8:3: a key must be a text",)),
    Broken(
        "a quote that never closes",
        HEAD + 'fields: {email: "email <-> Email}\n',
        ('6:17: this is not YAML: what " opens here is never closed',),
    ),
    Broken(
        "a bracket that never closes",
        HEAD + "fields: {email: email <-> Email\n",
        ("6:9: this is not YAML: what { opens here is never closed",),
    ),
    Broken(
        "no space after the colon",
        BASE.replace("pair: contacts", "pair:contacts"),
        (
            (
                "2:8: this is not YAML: a second ':' on the line (put a text that holds "
                "': ' in quotes), wrong indentation, or no space after the ':' of the "
                "line above"
            ),
        ),
    ),
    Broken(
        "two colons in a line",
        BASE.replace("pair: contacts", "pair: contacts: all"),
        (
            (
                "1:15: this is not YAML: a second ':' on the line (put a text that holds "
                "': ' in quotes), wrong indentation, or no space after the ':' of the "
                "line above"
            ),
        ),
    ),
    Broken(
        "wrong indentation",
        HEAD + "fields:\n  email: email <-> Email\n name: a <-> B\n",
        ("8:2: this is not YAML: the indentation does not fit the lines above",),
    ),
    Broken(
        "a brace in a text",
        HEAD + "fields: {email: {map: email <-> Email, if_blank: a}b}}\n",
        (
            (
                "6:52: this is not YAML: inside { } and [ ] put a text that holds one of "
                ", [ ] { } in quotes"
            ),
        ),
    ),
    Broken(
        "a text that begins with @",
        BASE.replace("[email]", "[@email]"),
        ("5:9: this is not YAML: a text that begins with this sign must stand in quotes",),
    ),
    Broken(
        "a backslash in quotes",
        BASE.replace("[email]", '["C:\\path"]'),
        ("5:13: this is not YAML: in double quotes a backslash is written twice; or use ' quotes",),
    ),
    Broken(
        "cut off in the middle",
        BASE[: BASE.index("<->") + 1],
        (
            (
                "7:10: fields.email.map: 'email <' has no arrow that can be read; write "
                "'a <-> B', 'a -> B', 'a <- B' (HubSpot's name on the left, Salesforce's "
                "on the right)"
            ),
        ),
    ),
    Broken(
        "marks of a merge",
        BASE.replace("match:", "<<<<<<< HEAD\nmatch:"),
        (
            (
                "5:1: two versions of these lines stand here, as git left them; keep "
                "one, and take the marks out"
            ),
        ),
    ),
)
