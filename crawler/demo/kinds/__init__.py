"""Publishers of the replica whose lists are no pages of a content management system."""
