"""A GitHub-compatible API over a real git repository, the image registry behind it, and the deployer."""

from infrastructure.lab.forge.errors import ChangeRefused, ForgeError, GitFailed, GitMissing, TemplateWrong
from infrastructure.lab.forge.forge import Forge
from infrastructure.lab.forge.options import ClusterAccess, ForgeOptions, MergedPull

__all__ = [
    "ChangeRefused",
    "ClusterAccess",
    "Forge",
    "ForgeError",
    "ForgeOptions",
    "GitFailed",
    "GitMissing",
    "MergedPull",
    "TemplateWrong",
]
