"""The doors of arrcast: the command line and the workspace (a company's folder)."""

__version__ = "0.1.0"
