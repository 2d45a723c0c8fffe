"""Claims about the files that run a release's checks at every push."""

import subprocess
import sys
from pathlib import Path

import pytest

from grader.ci_files import ci_files


@pytest.mark.parametrize(("name", "schema"), [(".github/workflows/check.yml", "github-workflows"), (".gitlab-ci.yml", "gitlab-ci")])
def test_each_file_is_what_its_service_publishes(tmp_path: Path, name: str, schema: str) -> None:
    """By the schema that the service publishes; the same file with a misspelt key is not."""
    text = ci_files("self_attention")[name].decode()
    for number, content in enumerate((text, text.replace("runs-on:", "runs_on:").replace("script:", "scirpt:"))):
        path = tmp_path / "file.yml"
        path.write_text(content)
        command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode != 0) == bool(number), done.stdout


def test_they_check_by_what_the_release_names() -> None:
    """The requirements of the release, the small build of PyTorch, the command that students use."""
    for data in ci_files("self_attention").values():
        text = data.decode()
        assert "pip install -r requirements.txt" in text
        assert "https://download.pytorch.org/whl/cpu" in text
        assert "grader check" in text
