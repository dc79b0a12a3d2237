"""The providers of SMS and voice calls, as strict as they are: signatures, approved templates and
sign names, numbers, rates, and the reports they push."""
