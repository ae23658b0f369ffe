"""What pages, endpoint, worker and command line may ask of the product."""

from sync.service.service import Service
from sync.service.values import Bell, Checked, Connect, Imported, StartedRun

__all__ = ["Bell", "Checked", "Connect", "Imported", "Service", "StartedRun"]
