"""Every notebook runs from top to bottom, without an error or a warning, and is committed without outputs."""

from __future__ import annotations

import os
from pathlib import Path

import nbclient
import nbformat
import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def read(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return notebook, [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_there_are_notebooks():
    assert [path.name for path in NOTEBOOKS] == ["01_quickstart.ipynb", "02_featurizing_chicago.ipynb"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_committed_without_outputs(path):
    notebook, code = read(path)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert not any(cell.metadata for cell in notebook.cells)
    assert not any(cell.outputs or cell.execution_count for cell in code)


@pytest.mark.parametrize("folder", ["notebooks", "."])
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path, folder):
    notebook, code = read(path)
    if "HOTSPOT_DATA" in path.read_text("utf-8") and "HOTSPOT_DATA" not in os.environ:
        pytest.skip("HOTSPOT_DATA is not set; the notebook needs public data")
    resources = {"metadata": {"path": str(ROOT / folder)}}
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3", resources=resources).execute()
    said = [output.text for cell in code for output in cell.outputs if output.get("name") == "stderr"]
    assert not said, "a cell warned:\n" + "".join(said)
    assert code[-1].outputs, "the last cell showed nothing"
