"""Pages read again by the present extractor, and what comes of it: `docs/history.md`.

`reading` needs no database and so runs in any process; `comparing` and `correcting` are for one.
"""
