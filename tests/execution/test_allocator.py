"""What workers ask of the C library."""

import subprocess
import sys

import pytest

SCRIPT = """
import resource, sys
import torch
from medpeft_sdk.execution.allocator import keep_freed_memory

if sys.argv[1] == "keep":
    keep_freed_memory()
for _ in range(3):  # the heap grows until a block lies where nothing small keeps it from use
    torch.empty(16 << 20).fill_(1)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    torch.empty(16 << 20).fill_(1)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc is told")
def test_freed_memory_is_used_again_without_asking_for_its_pages() -> None:
    def faults(how: str) -> int:
        command = [sys.executable, "-c", SCRIPT, how]
        return int(subprocess.run(command, capture_output=True, check=True).stdout)

    assert faults("keep") < faults("return") / 5
