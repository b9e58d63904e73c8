"""Loads that are killed, run out of disk, lose their database or meet a mad clock; seeded.

``python -m tests.faults.crashes --kills 200`` crawls a replica once and dies before anything is archived.
From there each round starts anew: a forked process takes the segment up, and meets a fault; another one
takes up what that left, until the round's faults are spent and one goes through undisturbed. Then `verify`
finds nothing, and the corpus says what an undisturbed load of the same segment says.
"""
