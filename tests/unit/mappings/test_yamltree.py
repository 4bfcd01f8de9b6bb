from __future__ import annotations

import pytest

from mappings.yamltree import MAX_ALIASES, MAX_BYTES, MAX_LEVELS, read_tree


def found(data: bytes) -> list[str]:
    return [str(one) for one in read_tree(data, file="f.yaml").findings]


def test_scalars_stay_the_text_that_was_written() -> None:
    tree = read_tree(b"a: NO\nb: 1.50\nc: 010\nd: 2026-01-01\ne: yes\n", file="f.yaml")
    assert tree.root == {"a": "NO", "b": "1.50", "c": "010", "d": "2026-01-01", "e": "yes"}


def test_an_empty_value_is_nothing_and_quotes_make_an_empty_text() -> None:
    assert read_tree(b"a:\nb: ~\nc: ''\nd: 'null'\n", file="f").root == {
        "a": None,
        "b": None,
        "c": "",
        "d": "null",
    }


def test_every_key_and_value_has_its_place() -> None:
    places = read_tree(b"a:\n  - x\n  - {b: y}\n", file="f.yaml").places
    assert places.keys["a",] == (1, 1)
    assert places.values["a", 0] == (2, 5)
    assert places.keys["a", 1, "b"] == (3, 6)
    assert places.values["a", 1, "b"] == (3, 9)


def test_an_empty_value_stands_where_its_key_stands() -> None:
    assert read_tree(b"a:\n  b:\nc: 1\n", file="f").places.values["a", "b"] == (2, 3)


def test_all_duplicate_keys_are_found_at_once() -> None:
    assert found(b"a: 1\na: 2\nb: {c: 1, c: 2}\n") == [
        "f.yaml:2:1: the key 'a' is written twice; keep one of them",
        "f.yaml:3:11: the key 'c' is written twice; keep one of them",
    ]


@pytest.mark.parametrize(
    ("data", "place", "words"),
    [
        (b"a:\n\t- 1", "2:1", "a tab here"),
        (b"a:\n  b: 1\n c: 2", "3:2", "the indentation does not fit"),
        (b"a: b: c", "1:5", "a second ':' on the line"),
        (b"a: 'x", "1:4", "this is not YAML"),
        (b"a: {when: x in [1]}", "1:16", "in quotes"),
        (b"a: \xff", "1:4", "not UTF-8"),
        (b"b: 1\na: \xe4", "2:4", "byte 0xe4"),
        (b"a: \x00", "1:4", "that cannot be seen"),
        (b"a: 1\n---\nb: 2", "2:1", "a second document"),
        (b"a: !!python/object:os.x 1", "1:4", "the tag"),
        (b"a: *x", "1:4", "names no anchor"),
        (b"a: &x [*x]", "1:8", "names no anchor"),
        (b"? [a]\n: b", "1:3", "a key must be a text"),
        (b"a: &x {b: 1}\nc: {<<: *x}", "2:5", "'<<' is not supported"),
    ],
)
def test_what_is_no_yaml_is_said_with_its_place(data: bytes, place: str, words: str) -> None:
    (finding,) = found(data)
    assert finding.startswith(f"f.yaml:{place}: ")
    assert words in finding


def test_an_alias_repeats_what_its_anchor_holds() -> None:
    tree = read_tree(b"a: &x {b: 1}\nc: *x\n", file="f")
    assert tree.root == {"a": {"b": "1"}, "c": {"b": "1"}}


def test_a_byte_order_mark_and_windows_line_ends_are_read() -> None:
    assert read_tree(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n", file="f").root == {"a": "1", "b": "2"}


def test_nothing_in_the_file_is_no_finding_of_its_own() -> None:
    tree = read_tree(b"# only a comment\n", file="f")
    assert tree.root is None
    assert tree.findings == []


def test_a_file_over_the_limit_is_refused_unread() -> None:
    assert "larger than" in found(b"#" * (MAX_BYTES + 1))[0]


def test_levels_up_to_the_limit_are_read_and_one_more_is_refused() -> None:
    assert found(b"[" * MAX_LEVELS + b"]" * MAX_LEVELS) == []
    assert "nested deeper" in found(b"[" * 100_000)[0]


def test_an_alias_cannot_nest_deeper_than_the_limit() -> None:
    lines = b"a0: &a0 [x]\n" + b"".join(
        b"a%d: &a%d [*a%d]\n" % (at, at, at - 1) for at in range(1, MAX_LEVELS + 3)
    )
    assert "nested deeper" in found(lines)[0]


def test_aliases_up_to_the_limit_are_read_and_one_more_is_refused() -> None:
    def with_aliases(count: int) -> bytes:
        return b"a: &x 1\nb: [" + b",".join([b"*x"] * count) + b"]"

    assert found(with_aliases(MAX_ALIASES)) == []
    assert "more than 1,000 aliases" in found(with_aliases(MAX_ALIASES + 1))[0]


def test_aliases_of_aliases_count_as_often_as_they_unfold() -> None:
    lines = b"a0: &a0 [x]\n" + b"".join(
        b"a%d: &a%d [%s]\n" % (at, at, b",".join([b"*a%d" % (at - 1)] * 10)) for at in range(1, 9)
    )
    assert "more than 1,000 aliases" in found(lines)[0]


def test_few_aliases_of_much_are_refused_too() -> None:
    much = b"a: &x [" + b",".join([b"1"] * 1_000) + b"]\n"
    lines = much + b"b: [" + b",".join([b"*x"] * 300) + b"]"
    assert "aliases unfold to too many values" in found(lines)[0]
