"""What a run would do: for one threshold with examples, or for every threshold at once."""

from sync.preview.exploring import explore
from sync.preview.making import make_preview
from sync.preview.values import Preview, Sample, preview_json

__all__ = ["Preview", "Sample", "explore", "make_preview", "preview_json"]
