"""What every test shares."""

from hypothesis import settings

# A test judges no times: the first example may load a dictionary, and the machine may be busy.
settings.register_profile("suqian", deadline=None)
settings.load_profile("suqian")
