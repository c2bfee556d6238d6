import doctest
import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "how-to-read-the-numbers.md"


def test_the_numbers_on_the_page_are_what_its_commands_print() -> None:
    blocks = re.findall(r"^```pycon\n(.*?)^```", PAGE.read_text("utf-8"), flags=re.S | re.M)
    assert len(blocks) == 5
    runner = doctest.DocTestRunner()
    for number, block in enumerate(blocks):
        runner.run(doctest.DocTestParser().get_doctest(block, {}, f"block {number}", None, 0))
    assert runner.failures == 0
