"""Turns a topic into the files that let GitHub Actions and GitLab CI run its public checks at every push."""

CPU_INDEX = "https://download.pytorch.org/whl/cpu"

GITHUB = """\
# Runs the public checks of {topic} at every push. A mark never comes from here: your instructor grades what you hand in.
name: {topic}

on: [push, pull_request]

permissions:
  contents: read

concurrency:
  group: ${{{{ github.workflow }}}}-${{{{ github.ref }}}}
  cancel-in-progress: true

jobs:
  check:
    runs-on: ubuntu-latest
    timeout-minutes: 15
    env:
      PIP_EXTRA_INDEX_URL: {index}  # PyTorch's small builds, without CUDA
    steps:
      - uses: actions/checkout@v6
        with:
          persist-credentials: false
      - uses: actions/setup-python@v6
        with:
          python-version: "3.12"
          cache: pip
          cache-dependency-path: requirements.txt
      - run: python -m pip install -r requirements.txt
      - run: grader check
"""

GITLAB = """\
# Runs the public checks of {topic} at every push. A mark never comes from here: your instructor grades what you hand in.
check:
  image: python:3.12
  timeout: 15 minutes
  variables:
    PIP_CACHE_DIR: $CI_PROJECT_DIR/.cache/pip
    PIP_EXTRA_INDEX_URL: {index}  # PyTorch's small builds, without CUDA
  cache:
    key:
      files: [requirements.txt]
    paths: [.cache/pip]
  before_script:
    - python -m pip install -r requirements.txt
  script:
    - grader check
  after_script:
    - python -m pytest -q --junitxml=checks.xml  # the same checks again, for the page of the merge request
  artifacts:
    when: always
    expire_in: 1 week
    reports:
      junit: checks.xml
"""


def ci_files(topic: str) -> dict[str, bytes]:
    """Return the files by path, for a repository with the content of the release's folder at its root."""
    texts = {".github/workflows/check.yml": GITHUB, ".gitlab-ci.yml": GITLAB}
    return {path: text.format(topic=topic, index=CPU_INDEX).encode() for path, text in texts.items()}
