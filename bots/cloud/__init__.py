"""What the providers of SMS and calls have in common: signed calls, codes in words, templates
filled with values, and reports that come to an address of ours."""
