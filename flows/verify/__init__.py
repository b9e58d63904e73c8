"""Whether archive, index, ledger, articles, search and change feed agree, and putting right what the
archive allows: `docs/guarantees.md`.

`storage.verify` has what the tables alone tell; here is what needs the archive's bytes or the rules by
which pages are read.
"""
