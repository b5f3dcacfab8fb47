"""The kit for stories: take the smallest that can tell yours, and say in its words what happens.

- `story`: one person's day, through the engine. What is noticed, how it is judged, what one case leads to.
- `town`: several people and the desk they share, through the engine. Limits, four eyes, who is sent, policies pushed.
- `world`: relays and desk alone, without an engine, move by move. Properties of any order of moves.
- `centre`: the desk alone, one order after another. Who takes a task, what is asked, when a timer fires.

Beside them: `changelog`, through which a desk's state goes at every step; `ledger`, the books of what was taken and
given back; `rosters`, small rosters and times on their clock; `histories`, anything that may happen to one person.
Lengths of time are those of `schemas.spans`.
"""
