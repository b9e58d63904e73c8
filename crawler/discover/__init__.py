"""Looks at pages that nobody has described and says how to read them: `suqian sources add`."""
