"""The grammar of the queries understood here."""

from __future__ import annotations

__all__ = ["GRAMMAR"]

GRAMMAR = r"""
query: SELECT selection FROM NAME [_alias] [where] [group] [order] [limit] [offset] \
       _suffix*

selection: item ("," item)*
?item: call | path | "(" subquery ")"
path: NAME
call: NAME "(" [NAME] ")" [NAME]
subquery: SELECT selection FROM NAME [where] [order] [limit]

where: WHERE condition
group: GROUP BY NAME ("," NAME)*
order: ORDER BY sorting ("," sorting)*
sorting: NAME [direction] [nulls]
!direction: ASC | DESC
!nulls: NULLS FIRST | NULLS LAST
limit: LIMIT NUMBER
offset: OFFSET NUMBER
_alias: AS? NAME
_suffix: FOR NAME

?condition: unit | conjunction | disjunction
conjunction: unit (AND unit)+
disjunction: unit (OR unit)+
?unit: comparison | "(" condition ")" | negation
negation: NOT unit
?comparison: compare | membership | semijoin
compare: NAME operator value
membership: NAME member_operator "(" value ("," value)* ")"
semijoin: NAME member_operator "(" subquery ")"
!operator: "=" | "!=" | "<>" | "<" | "<=" | ">" | ">=" | LIKE
!member_operator: IN | NOT IN | INCLUDES | EXCLUDES

?value: string | datetime | date | number | relative | word
string: STRING
datetime: DATETIME
date: DATE
number: NUMBER
relative: RELATIVE
word: NAME

SELECT.3: /select\b/i
FROM.3: /from\b/i
WHERE.3: /where\b/i
GROUP.3: /group\b/i
ORDER.3: /order\b/i
BY.3: /by\b/i
ASC.3: /asc\b/i
DESC.3: /desc\b/i
NULLS.3: /nulls\b/i
FIRST.3: /first\b/i
LAST.3: /last\b/i
LIMIT.3: /limit\b/i
OFFSET.3: /offset\b/i
AND.3: /and\b/i
OR.3: /or\b/i
NOT.3: /not\b/i
IN.3: /in\b/i
LIKE.3: /like\b/i
INCLUDES.3: /includes\b/i
EXCLUDES.3: /excludes\b/i
FOR.3: /for\b/i
AS.3: /as\b/i

STRING: /'(\\.|[^'\\])*'/s
DATETIME.4: /\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)/
DATE.3: /\d{4}-\d\d-\d\d/
NUMBER.2: /[+-]?\d+(\.\d+)?([eE][+-]?\d+)?/
RELATIVE.4: /[A-Za-z_]+:\d+/
NAME: /[A-Za-z_]\w*(\.[A-Za-z_]\w*)*/

%import common.WS
%ignore WS
"""
