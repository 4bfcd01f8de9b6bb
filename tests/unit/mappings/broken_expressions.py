"""Mistakes in conditions and computed values, each with all that `check` says of it."""

from __future__ import annotations

from tests.unit.mappings.broken import BASE, Broken, key_

__all__ = ["EXPRESSIONS"]


EXPRESSIONS: tuple[Broken, ...] = (
    key_(
        "one equals sign",
        "include: {hubspot: record.email = 'a'}",
        "6:20: include.hubspot: '=' (character 14) cannot be read; equality is written '=='",
    ),
    key_(
        "and in words",
        "include: {hubspot: record.email and true}",
        "6:20: include.hubspot: 'and' is unknown; 'and' is written '&&'",
    ),
    key_(
        "a bracket left open",
        "include: {hubspot: (record.email != ''}",
        "6:20: include.hubspot: a '(' is not closed",
    ),
    key_(
        "a quote left open",
        """include: {hubspot: "record.email != 'a"}""",
        '6:20: include.hubspot: "\'" (character 17) cannot be read; the closing quote is missing',
    ),
    key_(
        "quotes of a word processor",
        "include: {hubspot: record.email != “a”}",
        "6:20: include.hubspot: '“' (character 17) cannot be read; write straight quotes",
    ),
    key_(
        "an unknown field in a condition",
        "include: {hubspot: record.emial != ''}",
        "6:20: include.hubspot: record.emial is no field of this pair; did you mean 'email'?",
    ),
    key_(
        "a field without record",
        "include: {hubspot: email != ''}",
        "6:20: include.hubspot: 'email' is unknown; did you mean 'record.email'?",
    ),
    key_(
        "the whole record",
        "include: {hubspot: record}",
        "6:20: include.hubspot: 'record' alone has no value; name a field, record.x",
    ),
    key_(
        "NO read as false",
        "include: {hubspot: NO}",
        "6:20: include.hubspot: 'NO' is unknown; write false",
    ),
    key_(
        "Python in a condition",
        """include: {hubspot: "__import__('os').system('ls')"}""",
        "6:20: include.hubspot: __import__() is no function of conditions",
        "6:20: include.hubspot: system() is no function of conditions",
    ),
    key_(
        "a function of a spreadsheet",
        "include: {hubspot: ISBLANK(record.email)}",
        "6:20: include.hubspot: ISBLANK() is no function of conditions",
    ),
    key_(
        "nothing but a field",
        "include: {hubspot: '1 + 1'}",
        "6:20: include.hubspot: this expression gives a number, not true or false",
    ),
    key_(
        "lists in lists that run long",
        "include: {hubspot: '" + "[1,2,3,4,5,6,7,8,9].all(x, " * 6 + "true" + ")" * 6 + "'}",
        (
            "6:20: include.hubspot: lists within lists make 531,441 steps for each "
            "record, and 10,000 are allowed; ask with 'in', as in 'record.country in "
            '["DE", "AT"]\''
        ),
    ),
    key_(
        "an endless condition",
        f"include: {{hubspot: '{' || '.join(['record.email != 1'] * 400)}'}}",
        "6:20: include.hubspot: the expression is longer than 4,000 characters",
    ),
    key_(
        "a deep condition",
        f"include: {{hubspot: '{'(' * 40}true{')' * 40}'}}",
        "6:20: include.hubspot: brackets are nested deeper than 30",
    ),
    key_(
        "a pattern that is none",
        """include: {hubspot: 'record.email.matches("(a")'}""",
        (
            "6:20: include.hubspot: the pattern of matches() is none that can be read; "
            "see its brackets"
        ),
    ),
    Broken(
        "a number compared with a text",
        BASE + "  score: {map: a -> B, type: number}\ninclude: {hubspot: 'record.score > \"5\"'}\n",
        ("9:20: include.hubspot: record.score is a number; write it without quotes, not '5'",),
    ),
    Broken(
        "a text compared with a number",
        BASE + "  zip: {map: a -> B, type: text}\ninclude: {hubspot: 'record.zip == 12345'}\n",
        ("9:20: include.hubspot: record.zip is a text; write 12345 in quotes",),
    ),
    Broken(
        "a condition that is a text",
        BASE + "  name: {map: a -> B, type: text}\ninclude: {hubspot: record.name}\n",
        ("9:20: include.hubspot: this expression gives a text, not true or false",),
    ),
    Broken(
        "a country by its name",
        BASE
        + (
            "  country: {map: a -> B, type: country}\ninclude: {hubspot: 'record.country "
            '== "Germany"\'}\n'
        ),
        ("9:20: include.hubspot: record.country is a two-letter country code; did you mean 'DE'?",),
    ),
    Broken(
        "a blank number",
        BASE + "  score: {map: a -> B, type: number}\ninclude: {hubspot: 'record.score == \"\"'}\n",
        ("9:20: include.hubspot: a blank number equals nothing; write !has(record.score)",),
    ),
)
