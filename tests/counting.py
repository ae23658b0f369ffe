"""What processes have counted, read as watchers read it."""

from sync.metrics import PREFIX, exposition


def counted(series: str) -> float:
    """The number of a series, named with its labels but without our prefix; 0 where none is."""
    start = f"{PREFIX}{series} "
    told = exposition().decode().splitlines()
    return sum(float(line.removeprefix(start)) for line in told if line.startswith(start))
