"""axe-core's accessibility rules, asked of a page in a real browser."""

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest

AXE = Path(__file__).parents[1] / "vendor" / "axe-core" / "axe.min.js"
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
RUN = """
axe.run(document, {resultTypes: ["violations"]}).then(found => {
  const told = document.createElement("pre");
  told.id = "axe";
  told.textContent = JSON.stringify({
    violations: found.violations.map(each => [each.id, each.nodes.map(node => node.html)]),
    passes: found.passes.length,
  });
  document.body.appendChild(told);
});
"""


def found_by_axe(page, folder, width):
    """Violations and the number of passes of the page, so many pixels wide; skips where there is no browser."""
    if BROWSER is None:
        pytest.skip("no chromium on this machine; install it to run axe")
    run = f"<script>{AXE.read_text()}</script><script>{RUN}</script></body>"
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.decode())
    file = folder / "page.html"
    file.write_text(text.replace("</body>", run))
    flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--window-size={width},2000", "--virtual-time-budget=20000"]
    done = subprocess.run(
        [BROWSER, *flags, f"--user-data-dir={folder / 'browser'}", "--dump-dom", file.as_uri()],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    told = re.search(r'<pre id="axe">(.*?)</pre>', done.stdout, re.DOTALL)
    assert told, done.stderr[-2000:]
    return json.loads(unescape(told[1]))
