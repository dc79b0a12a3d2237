"""What is wrong with something an operator wrote, in both languages of the console."""


class Mistake(ValueError):
    """``zh`` and ``en`` say the same: what is wrong and what would be right."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en
