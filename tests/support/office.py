"""LibreOffice without a screen: whether it opens a workbook, and what it prints of it."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest

SOFFICE = shutil.which("soffice")
SECONDS = 180
"""A loaded machine starts it slowly."""


async def as_pdf(workbook: Path, folder: Path) -> bytes:
    """The workbook as LibreOffice prints it. Without LibreOffice the test is skipped, but never where CI is to prove it."""
    if SOFFICE is None:
        assert os.environ.get("CI") != "true", "soffice is missing: apt-get install libreoffice-calc"
        pytest.skip("soffice is not installed")
    profile = folder / "profile"  # of its own: two at once would wait for each other
    process = await asyncio.create_subprocess_exec(
        *(SOFFICE, f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to", "pdf"),
        *("--outdir", str(folder), str(workbook)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(SECONDS):
        said, _ = await process.communicate()
    made = folder / f"{workbook.stem}.pdf"
    assert process.returncode == 0, said.decode(errors="replace")
    assert made.exists(), said.decode(errors="replace")
    return made.read_bytes()
