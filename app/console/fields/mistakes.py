"""What is wrong in a part of a form that is no wtforms field, told at the place where it stands."""

from collections.abc import Mapping


class Mistaken(ValueError):
    """``at``: what is wrong, in the operator's language, by the name of the input it stands in."""

    def __init__(self, at: Mapping[str, str]):
        super().__init__("；".join(at.values()))
        self.at = at
