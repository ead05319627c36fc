from __future__ import annotations

import subprocess
from pathlib import Path


def test_the_generated_code_is_that_of_the_proto_files() -> None:
    script = Path(__file__).parents[1] / "generate"
    check = subprocess.run([script, "--check"], capture_output=True, text=True)
    assert check.returncode == 0, f"run clients/python/generate\n{check.stdout}{check.stderr}"
