"""Pure decisions about plans: this plan, this moment, what is due, in which words?"""
