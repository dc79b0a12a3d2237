"""The book of synonyms: words of one line mean the same, in every rule."""

from collections.abc import Iterable, Mapping

from tagging import texts


def expand(lines: Iterable[Iterable[str]]) -> Mapping[str, tuple[str, ...]]:
    """For each folded word all that mean the same, itself first. Lines that share a word are one:
    what means the same as the same means the same."""
    meant: dict[str, list[str]] = {}
    for line in lines:
        words = dict.fromkeys(filter(None, map(texts.folded_word, line)))
        known = {id(meant[word]): meant[word] for word in words if word in meant}
        group = [word for one in known.values() for word in one]
        group += [word for word in words if word not in group]
        meant.update(dict.fromkeys(group, group))
    return {
        word: (word, *(other for other in group if other != word)) for word, group in meant.items()
    }
