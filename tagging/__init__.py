"""Pure decisions about words and behaviour: these words, which tags?"""
