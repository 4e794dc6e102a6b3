"""Programs of other people that the tests use, from Debian packages that are not installed."""
import os
import pathlib
import shutil

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "build" / "tools"  # where tools/install_packages.sh unpacks them


def path_of(program):
    """It is missed, not skipped: a test that is not run proves nothing."""
    found = shutil.which(program, path=os.pathsep.join([str(TOOLS), os.environ.get("PATH", os.defpath)]))
    assert found, f"{program} is neither in {TOOLS} nor on PATH: `tools/install_packages.sh test` puts it there"
    return found
