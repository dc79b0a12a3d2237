"""What a browser would send of a form that nobody has touched."""

from html.parser import HTMLParser

from werkzeug.datastructures import MultiDict


class _Fields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, str]] = []
        self._select: str | None = None
        self._options: list[tuple[str, bool]] = []
        self._textarea: str | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "input" and name and "disabled" not in given:
            is_box = given.get("type") in ("checkbox", "radio")
            if not is_box or "checked" in given:
                self.sent.append((name, given.get("value") or ""))
        elif tag == "select" and "disabled" not in given:
            self._select, self._options = name, []
        elif tag == "option":
            self._options.append((given.get("value") or "", "selected" in given))
        elif tag == "textarea":
            self._textarea, self._text = name, ""

    def handle_data(self, data: str) -> None:
        if self._textarea is not None:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self._select is not None:
            chosen = [value for value, is_selected in self._options if is_selected]
            first = [value for value, _is_selected in self._options[:1]]
            self.sent += [(self._select, value) for value in (chosen or first)]
            self._select = None
        elif tag == "textarea" and self._textarea is not None:
            self.sent.append((self._textarea, self._text.removeprefix("\n")))
            self._textarea = None


def form_of(page: str) -> MultiDict[str, str]:
    fields = _Fields()
    fields.feed(page)
    return MultiDict(fields.sent)
