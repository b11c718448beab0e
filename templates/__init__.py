"""The built-in texts and the demo company's FAQ; an operator's own folder overlays them."""

from pathlib import Path

BUILT_IN = Path(__file__).parent
FAQ = BUILT_IN / "faq"
